import { describe, expect, test } from 'vitest';
import { usualLimits } from './case.ts';
import { isJudged, judge, type Measured } from './verdict.ts';

const quiet: Measured = {
  publications: 1000,
  refused: 0,
  missing: 0,
  publishP99Ms: 20,
  deliveryP99Ms: 30,
  residentMiB: 200,
};

const judgeAttacked = (attacked: Partial<Measured>, after: Partial<Measured> = {}) =>
  judge({ alone: quiet, attacked: { ...quiet, ...attacked }, after: { ...quiet, ...after } }, usualLimits);

describe('the verdict on an attack', () => {
  test('is kept at the limits', () => {
    expect(judgeAttacked({ publishP99Ms: 120, deliveryP99Ms: 250, residentMiB: 640 })).toEqual([]);
    expect(judgeAttacked({ residentMiB: null })).toEqual([]);
  });

  test.each([
    [{ publishP99Ms: 121 }, 'publish p99 121 ms under attack, at most 120 ms'],
    [{ deliveryP99Ms: 251 }, 'delivery p99 251 ms under attack, at most 250 ms'],
    [{ refused: 1 }, '1 publications refused under attack'],
    [{ missing: 2 }, '2 deliveries had not arrived under attack'],
    [{ residentMiB: 641 }, '641 MiB resident under attack, at most 640'],
  ])('%o breaks it', (attacked, breach) => {
    expect(judgeAttacked(attacked)).toEqual([breach]);
  });

  test('allows for a machine that is busy with other things', () => {
    const busy = { ...quiet, publishP99Ms: 100, deliveryP99Ms: 120 };
    const judgeBusy = (publishP99Ms: number, deliveryP99Ms: number) => {
      const measured = { ...busy, publishP99Ms, deliveryP99Ms };
      return judge({ alone: busy, attacked: measured, after: busy }, usualLimits);
    };
    expect(judgeBusy(300, 360)).toEqual([]);
    expect(judgeBusy(301, 361)).toHaveLength(2);
  });

  test('is not given when the victim alone breaks the limit', () => {
    const parts = (deliveryP99Ms: number) => ({
      alone: { ...quiet, deliveryP99Ms },
      attacked: quiet,
      after: quiet,
    });
    expect(isJudged(parts(250), usualLimits)).toBe(true);
    expect(isJudged(parts(251), usualLimits)).toBe(false);
  });

  test('is broken by what the victim notices after the attack', () => {
    expect(judgeAttacked({}, { deliveryP99Ms: 9000 })).toEqual([
      'delivery p99 9000 ms after the attack, at most 250 ms',
    ]);
  });
});
