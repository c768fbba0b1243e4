import type { ComponentProps } from 'react';
import { Icon, type IconName } from './icon.tsx';

const looks = {
  primary: 'bg-accent text-on-accent border-transparent font-medium hover:opacity-90',
  plain: 'bg-surface text-ink border-line hover:bg-raised',
  danger: 'bg-surface text-exhausted border-exhausted hover:bg-raised',
  bare: 'border-transparent text-muted hover:text-ink hover:bg-raised',
} as const;

export type ButtonLook = keyof typeof looks;

const shape =
  'inline-flex items-center justify-center gap-1.5 rounded-md border px-3 min-h-8 text-[13px] whitespace-nowrap disabled:opacity-60';

export function buttonClass(look: ButtonLook = 'plain'): string {
  return `${shape} ${looks[look]}`;
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook;
  readonly icon?: IconName;
  /** What it does is under way: it cannot be pressed again. */
  readonly isBusy?: boolean;
}

export function Button({ look, icon, isBusy = false, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
      className={buttonClass(look)}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
