// How much a browser loads before the console shows its first screen.
import type { Page, Request } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { startConsole } from './console.ts';

const bytesMax = 180 * 1024;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'first load', () => {
  test('the first screen takes at most 180 KiB, and the next visit next to nothing', async () => {
    const console = await startConsole();
    const { page, close } = await console.visit('/healthz');
    const first = await load(page);
    const again = await load(page);
    expect(first).toBeGreaterThan(50 * 1024);
    expect(first).toBeLessThan(bytesMax);
    expect(again).toBeLessThan(20 * 1024);
    await close();
    await console.close();
  });
});

/** Opens the console, and counts the bytes of the answers as they came over the wire. */
async function load(page: Page): Promise<number> {
  const sizes: Promise<number>[] = [];
  const count = (request: Request): void => {
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
  };
  page.on('requestfinished', count);
  await page.goto('/console/');
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  await page.waitForLoadState('networkidle');
  page.off('requestfinished', count);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
