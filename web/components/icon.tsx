// Icons as paths of a 16 px grid. Decoration only: a word stands beside each.
const paths = {
  now: 'M2 9h3l2-5 3 9 2-4h2',
  tenants:
    'M5.5 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 14c0-2.5 1.7-4 4-4s4 1.5 4 4M11 7.5a2 2 0 1 0 0-4M11.5 10c2 .2 3 1.7 3 4',
  endpoints: 'M2 8h8M7 5l3 3-3 3M12.5 3v10',
  events: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8l1-5.5Z',
  deliveries: 'M2 4.5h12v8H2zM2 5l6 4.5L14 5',
  replays: 'M3 8a5 5 0 1 0 1.7-3.8M3 2.5v2.8h2.8',
  catalogue: 'M3 2.5h10v11H3zM5.5 6h5M5.5 8.5h5M5.5 11h3',
  keys: 'M5.5 10.5a3 3 0 1 0 0-.01ZM7.7 8.3 13.5 2.5M11 5l2 2',
  audit: 'M2.5 4h1M2.5 8h1M2.5 12h1M6 4h7.5M6 8h7.5M6 12h7.5',
  live: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 11.5a5 5 0 0 1 0-7M11.5 4.5a5 5 0 0 1 0 7',
  alerts: 'M4 11V7a4 4 0 0 1 8 0v4l1.5 1.5h-11L4 11ZM6.8 14.5h2.4',
  system: 'M2 3h12v4H2zM2 9h12v4H2zM4.5 5h.01M4.5 11h.01',
  docs: 'M3 2.5h7L13 5.5v8H3zM5.5 7h5M5.5 9.5h5',
  reference: 'M6 3 2 8l4 5M10 3l4 5-4 5',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM11 11l3 3',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  close: 'm4 4 8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3l2 1.5',
  retry: 'M13 8a5 5 0 1 1-1.7-3.8M13 2.5v2.8h-2.8',
  fail: 'M8 2 1.5 13.5h13L8 2ZM8 6.5v3M8 11.5h.01',
  stop: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM4 4l8 8',
  add: 'M8 3v10M3 8h10',
  theme: 'M13 9.5A5.5 5.5 0 1 1 6.5 3 4.5 4.5 0 0 0 13 9.5Z',
  out: 'M6 3H3v10h3M7 8h7M11 5l3 3-3 3',
  menu: 'M2 4h12M2 8h12M2 12h12',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true" className="shrink-0">
      <path
        d={paths[name]}
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
