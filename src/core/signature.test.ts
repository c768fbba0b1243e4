import { expect, test } from 'vitest';
import { createSymmetricSecret, signSymmetric } from './signature.ts';

test('the vector that the specification publishes', () => {
  const signed = signSymmetric(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      payload: Buffer.from('{"test": 2432232314}'),
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    },
    1_614_265_330_000,
  );
  expect(signed).toEqual({
    timestamp: '1614265330',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('each secret signs, newest first; parts of a second do not count', () => {
  const random = { bytes: (count: number) => Buffer.alloc(count, 7), fraction: () => 0 };
  const newer = createSymmetricSecret(random);
  const older = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const both = signSymmetric({ id: 'a', payload: Buffer.from('{}'), secrets: [newer, older] }, 1999);
  const alone = [newer, older].map((secret) =>
    signSymmetric({ id: 'a', payload: Buffer.from('{}'), secrets: [secret] }, 1000),
  );
  expect(both.timestamp).toBe('1');
  expect(both.signature).toBe(alone.map(({ signature }) => signature).join(' '));
});
