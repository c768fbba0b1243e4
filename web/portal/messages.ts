// What the page says to the page that holds it in a frame: its height, where it is, and that its session has ended. Only to
// origins that the session names: the server has written them into the page.

const named = document.querySelector('meta[name="embed-origins"]')?.getAttribute('content') ?? '';
const origins = named.split(' ').filter((origin) => origin !== '');

export const isFramed = window.parent !== window;

type Message =
  | { readonly type: 'carillon:height'; readonly height: number }
  | { readonly type: 'carillon:navigate'; readonly path: string }
  | { readonly type: 'carillon:expired' };

export function tell(message: Message): void {
  if (!isFramed) return;
  for (const origin of origins) {
    if (isParent(origin)) window.parent.postMessage(message, origin);
  }
}

/** The browser delivers to the named origin alone; where it says who the parent is, the others are not tried. */
function isParent(origin: string): boolean {
  const { ancestorOrigins } = window.location as Partial<Location>;
  return ancestorOrigins === undefined || ancestorOrigins[0] === origin;
}

/** Tells the height of the page whenever it changes. */
export function tellHeight(element: HTMLElement): void {
  if (!isFramed) return;
  const say = (): void =>
    tell({ type: 'carillon:height', height: Math.ceil(element.getBoundingClientRect().height) });
  new ResizeObserver(say).observe(element);
  say();
}
