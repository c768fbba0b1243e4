// The look of the platform: variables of the style sheet, set from the session. Its accent is made lighter or darker until text
// in it can be read on each surface (4.5:1).
import { fitColor } from '#contract/contrast.ts';
import type { PortalTheme } from '#contract/portal.ts';

/** The least favourable surface of each scheme: `--raised`. */
const raised = { light: '#eef0f4', dark: '#1f242d' } as const;

export function applyPortalTheme({ colorScheme = 'auto', accent, radius, font }: PortalTheme): void {
  const { dataset, style } = document.documentElement;
  if (colorScheme === 'auto') delete dataset['theme'];
  else dataset['theme'] = colorScheme;
  if (accent !== undefined) {
    const [light, dark] = [fitColor(accent, raised.light), fitColor(accent, raised.dark)];
    style.setProperty('--accent', `light-dark(${light}, ${dark})`);
  }
  if (radius !== undefined) style.setProperty('--radius', `${radius}px`);
  if (font !== undefined) style.setProperty('--font', font);
}
