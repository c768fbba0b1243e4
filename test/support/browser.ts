// A real browser for tests of the pages: Debian's chromium, or the one that CHROMIUM names.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests in a browser are skipped; null where there is one. */
export const noBrowser: string | null = existsSync(path)
  ? null
  : `there is no browser at ${path}: install chromium, or set CHROMIUM`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    // Chromium refuses its sandbox to root; the pages are ours.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** Everything that a page must not do: errors, dialogs, refusals by its policy (which are logged), requests to elsewhere. */
export function watch(page: Page, origin: string): readonly string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    const text = message.text();
    // A refused request is logged by the browser itself; the page shows it.
    if (message.type() === 'error' && !text.includes('the server responded with a status of'))
      problems.push(`console: ${text}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:') && !url.startsWith('blob:'))
      problems.push(`request: ${url}`);
  });
  return problems;
}
