// The page inside the frame of the API reference: Scalar, from this server alone.
import scalarUrl from '@scalar/api-reference/browser/standalone.js?url';

interface Scalar {
  createApiReference(selector: string, options: object): void;
}

const root = new URL('.', document.baseURI);
const name = new URLSearchParams(window.location.search).get('api') ?? 'admin';
const path = /^\w+$/.test(name) && name !== 'admin' ? `openapi/${name}.json` : 'openapi.json';

const script = document.createElement('script');
script.src = new URL(scalarUrl, root).href;
script.addEventListener('load', () => {
  const { Scalar: scalar } = window as unknown as { readonly Scalar: Scalar };
  scalar.createApiReference('#reference', {
    url: new URL(path, root).href,
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: 'never',
    mcp: { disabled: true },
    agent: { disabled: true },
    darkMode: isDark(),
    hideDarkModeToggle: true,
  });
});
document.head.append(script);

/** As the page around the frame. */
function isDark(): boolean {
  const chosen = localStorage.getItem('carillon.theme');
  return chosen === null || chosen === 'system'
    ? matchMedia('(prefers-color-scheme: dark)').matches
    : chosen === 'dark';
}
