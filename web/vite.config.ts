import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions } from 'vite';
import { markdown } from './build/markdown.ts';

/** `npm run dev:web` serves the pages as they are edited, and asks a server that runs here for everything else. */
const server = 'http://127.0.0.1:8480';
const serverPaths = [
  '/admin',
  '/console/session',
  '/portal/api',
  '/openapi',
  '/reference/frame',
  '/readyz',
  '/metrics',
  '^/$',
];
const proxy: ProxyOptions = {
  target: server,
  // A browser that opens `/` gets the page; the page that asks it for JSON gets the server's index.
  bypass: ({ url, headers }) =>
    url === '/' && headers.accept?.includes('text/html') ? '/index.html' : undefined,
};

export default defineConfig({
  root: import.meta.dirname,
  // The server writes `<base>`: every URL is relative to its root, wherever that is.
  base: './',
  plugins: [
    react(),
    tailwindcss(),
    markdown(),
    {
      name: 'base-while-developing',
      apply: 'serve',
      transformIndexHtml: () => [{ tag: 'base', attrs: { href: '/' }, injectTo: 'head-prepend' }],
    },
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Names, versions and licence texts of all libraries in the pages.
    license: { fileName: 'licences.md' },
    // No inline data: the policy of the pages allows scripts and styles from files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: 'web/index.html', portal: 'web/portal.html', reference: 'web/reference.html' },
    },
  },
  server: { proxy: Object.fromEntries(serverPaths.map((path) => [path, proxy])) },
});
