// Light or dark: as the system says, unless the reader has chosen.
import { useState } from 'react';

const name = 'carillon.theme';
const themes = ['system', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

function readTheme(): Theme {
  return themes.find((theme) => theme === localStorage.getItem(name)) ?? 'system';
}

export function applyTheme(theme: Theme = readTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** The theme, and what sets the next one. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState(readTheme);
  const next = (): void => {
    const chosen = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
    localStorage.setItem(name, chosen);
    applyTheme(chosen);
    setTheme(chosen);
  };
  return [theme, next];
}
