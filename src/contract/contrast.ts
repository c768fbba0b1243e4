// Contrast of two colors by WCAG 2.2: 1 for the same color, 21 for black on white. Used by the server, which refuses an
// accent that cannot be read, and by the page, which fits it to each of its surfaces. Loads nothing.

/** What text needs. */
export const contrastMin = 4.5;

/** The surfaces of the page. */
export const lightSurface = '#ffffff';
export const darkSurface = '#161a21';

/** Of two colors such as #0055cc. */
export function contrastOf(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The color that is nearest to `color`, on the way to white or black, whose contrast with `surface` is enough. */
export function fitColor(color: string, surface: string): string {
  const target = luminanceOf(surface) < 0.18 ? 255 : 0;
  const steps = 64;
  for (let step = 0; step < steps; step++) {
    const mixed = mix(color, target, step / steps);
    if (contrastOf(mixed, surface) >= contrastMin) return mixed;
  }
  return target === 0 ? '#000000' : '#ffffff';
}

function mix(color: string, target: number, share: number): string {
  const parts = partsOf(color).map((part) => Math.round(part + (target - part) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = partsOf(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function partsOf(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
