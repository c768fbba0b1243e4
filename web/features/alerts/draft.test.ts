import { expect, test } from 'vitest';
import type { Alert } from '#contract/alerts.ts';
import { describeRecovery, newDraft, readDraft, toChange, toCreate } from './draft.ts';

const alert: Alert = {
  id: 'alr_1',
  name: 'operations',
  types: ['endpoint.disabled'],
  tenants: ['acme'],
  via: { kind: 'chat', host: 'hooks.example' },
  windowSeconds: 900,
  enabled: true,
  snoozedUntil: null,
  createdAt: '2026-01-02T03:04:05.678Z',
  updatedAt: '2026-01-02T03:04:05.678Z',
  lastSentAt: null,
  lastError: null,
  lastErrorAt: null,
};

test('a new alert tells of everything, of all tenants, unless something else is typed', () => {
  const draft = { ...newDraft, name: ' operations ', kind: 'email' as const, to: 'a@b.example, c@d.example' };
  expect(toCreate(draft)).toEqual({
    name: 'operations',
    types: expect.arrayContaining(['replay.finished']),
    via: { kind: 'email', to: ['a@b.example', 'c@d.example'] },
    windowSeconds: 900,
  });
  expect(toCreate({ ...draft, tenants: 'acme bolt' })).toMatchObject({ tenants: ['acme', 'bolt'] });
});

test('a change has what differs alone: the URL of a chat stays unless another is typed', () => {
  const before = readDraft(alert);
  expect(toChange(before, before)).toEqual({});
  expect(toChange({ ...before, tenants: ' ' }, before)).toEqual({ tenants: null });
  expect(toChange({ ...before, url: 'https://hooks.example/2', windowSeconds: '60' }, before)).toEqual({
    via: { kind: 'chat', url: 'https://hooks.example/2' },
    windowSeconds: 60,
  });
});

test('recovery is told by its type alone', () => {
  expect(describeRecovery(['endpoint.failing'])).toBe('not told');
  expect(describeRecovery(['endpoint.disabled', 'endpoint.recovered'])).toContain('after the failure');
  expect(describeRecovery(['endpoint.recovered'])).toBe('each one is told');
});
