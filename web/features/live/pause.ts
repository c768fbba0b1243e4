import { type RefObject, useEffect, useEffectEvent, useRef } from 'react';

/** Pauses when the reader goes into the rows by the keyboard, or scrolls the first of them out of sight. */
export function usePauseInRows(pause: () => void): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const look = useEffectEvent((): void => {
    const element = box.current;
    if (element === null) return;
    const isScrolled = element.getBoundingClientRect().top < 0;
    const rows = element.querySelector('tbody');
    if (isScrolled || rows?.contains(document.activeElement) === true) pause();
  });
  useEffect(() => {
    document.addEventListener('focusin', look);
    document.addEventListener('scroll', look, { passive: true });
    return () => {
      document.removeEventListener('focusin', look);
      document.removeEventListener('scroll', look);
    };
  }, []);
  return box;
}
