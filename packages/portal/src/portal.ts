// `<carillon-portal src>`: the portal in a frame that is as high as its content. `src` is the `url` of a portal session. Events:
// `expired` when the session has ended or the link did not open, `navigate` with `detail.path` when the reader goes on.

/** What the page in the frame says. */
interface Message {
  readonly type: string;
  readonly height?: unknown;
  readonly path?: unknown;
}

/** In pixels: room for a dialog, and a limit after which the frame scrolls by itself. */
const heightMin = 480;
const heightMaxDefault = 1600;
/** A page that cannot be framed, since its session was revoked, says nothing after it was loaded. */
const silenceMaxMs = 5000;

// Where pages are made on a server there are no elements: the class is defined there all the same, and not used.
const Base = globalThis.HTMLElement ?? Object;

export class CarillonPortal extends Base {
  static readonly observedAttributes = ['src'];
  #frame: HTMLIFrameElement | null = null;
  #hasSpoken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    window.addEventListener('message', this.#listen);
    this.#show();
  }

  disconnectedCallback(): void {
    window.removeEventListener('message', this.#listen);
    this.#remove();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#show();
  }

  /** Where the portal is; null for anything but an http: or https: URL. */
  get #url(): URL | null {
    try {
      const url = new URL(this.getAttribute('src') ?? '', document.baseURI);
      return this.hasAttribute('src') && /^https?:$/.test(url.protocol) ? url : null;
    } catch {
      return null;
    }
  }

  /** A new link needs a new frame: another fragment alone would not load the page again. */
  #show(): void {
    this.#remove();
    const url = this.#url;
    if (url === null) return;
    const frame = document.createElement('iframe');
    frame.src = url.href;
    frame.title = this.getAttribute('title') ?? 'Webhooks';
    frame.allow = 'clipboard-write';
    frame.referrerPolicy = 'no-referrer';
    Object.assign(frame.style, { border: '0', display: 'block', width: '100%', height: `${heightMin}px` });
    frame.addEventListener('load', () => {
      this.#timer = setTimeout(() => {
        if (!this.#hasSpoken) this.#tell('expired');
      }, silenceMaxMs);
    });
    this.#frame = frame;
    this.append(frame);
  }

  #remove(): void {
    clearTimeout(this.#timer);
    this.#frame?.remove();
    this.#frame = null;
    this.#hasSpoken = false;
  }

  /** Of the frame alone, and of the origin that was put into it: it may have gone elsewhere. */
  readonly #listen = ({ source, origin, data }: MessageEvent): void => {
    if (this.#frame === null || source !== this.#frame.contentWindow || origin !== this.#url?.origin) return;
    if (typeof data !== 'object' || data === null) return;
    this.#hasSpoken = true;
    const { type, height, path } = data as Message;
    if (type === 'carillon:height' && typeof height === 'number') this.#resize(this.#frame, height);
    if (type === 'carillon:expired') this.#tell('expired');
    if (type === 'carillon:navigate' && typeof path === 'string') this.#tell('navigate', { path });
  };

  #resize(frame: HTMLIFrameElement, height: number): void {
    const most = Number(this.getAttribute('max-height')) || heightMaxDefault;
    frame.style.height = `${Math.min(Math.max(height, heightMin), Math.max(most, heightMin))}px`;
  }

  #tell(name: string, detail: object = {}): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

if (globalThis.customElements !== undefined && customElements.get('carillon-portal') === undefined)
  customElements.define('carillon-portal', CarillonPortal);
