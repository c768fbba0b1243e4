import { expect, test } from 'vitest';
import { contrastMin, contrastOf, darkSurface, fitColor, lightSurface } from './contrast.ts';

test.each([
  ['#000000', '#ffffff', 21],
  ['#ffffff', '#ffffff', 1],
  // The two greys that WCAG texts give as the border on white.
  ['#767676', '#ffffff', 4.54],
  ['#777777', '#ffffff', 4.48],
  ['#ff0000', '#ffffff', 4],
])('%s on %s is %d:1, in either order', (one, other, contrast) => {
  expect(contrastOf(one, other)).toBeCloseTo(contrast, 1);
  expect(contrastOf(other, one)).toBe(contrastOf(one, other));
});

test('a color that can be read stays; another one is changed until it can be', () => {
  expect(fitColor('#0055cc', lightSurface)).toBe('#0055cc');
  for (const surface of [lightSurface, darkSurface]) {
    for (const color of ['#000000', '#0055cc', '#777777', '#ffff00', '#ffffff'])
      expect(contrastOf(fitColor(color, surface), surface), `${color} on ${surface}`).toBeGreaterThanOrEqual(
        contrastMin,
      );
  }
});
