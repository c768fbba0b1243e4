// How screens are looked at: colours and sizes, and what must hold in each.
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The folder for a picture of each screen in each look. */
const pictures = process.env['SCREENSHOTS'];

export const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } } as const;

/** The first two meet every colour and every width. */
const looks = [
  ['light', 'desktop'],
  ['dark', 'phone'],
  ['dark', 'desktop'],
  ['light', 'phone'],
] as const;

/** All four for pictures, two with LOOKS=all, and one of the two else, by turns: axe takes seconds for each. */
function looksOf(place: number): readonly (typeof looks)[number][] {
  if (pictures !== undefined) return looks;
  const both = looks.slice(0, 2);
  return process.env['LOOKS'] === 'all' ? both : both.filter((_look, turn) => turn === place % 2);
}

/**
 * Looks at a screen that is loaded, as a reader who turns a phone or whom the evening finds. `place` is its place in the list of
 * screens, `name` that of its pictures.
 */
export async function lookAt(page: Page, name: string, place: number): Promise<void> {
  for (const [colorScheme, size] of looksOf(place)) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(sizes[size]);
    if (pictures !== undefined) {
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}-${size}.png`) });
    }
    await expectFine(page, sizes[size].width);
  }
}

/** Axe finds nothing, and nothing is wider than the screen. */
export async function expectFine(page: Page, width: number): Promise<void> {
  // The reference is a page of another project: its own faults are not ours.
  // In one call instead of one for each frame, as no frame is looked at: that opens another page for the result.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().exclude('iframe').analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(found).toEqual([]);
  await expectWidth(page, width);
}

/** Nothing is wider than the screen, once it is laid out. The reference draws for seconds in the thread of the page around it. */
export async function expectWidth(page: Page, width: number, about = ''): Promise<void> {
  await expect
    .poll(() => page.evaluate('document.documentElement.scrollWidth'), { timeout: 20_000, message: about })
    .toBe(width);
}
