// What a customer does in the portal, for a tenant of each dialect: an endpoint is created, several deliveries are redelivered
// at once, what was missed is replayed, the secret is shown or rotated, and the receiver is checked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '#dialects/index.ts';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';
import { makeLink } from './portal-pages.ts';

const published = 4;

describe.skipIf(noBrowser !== null)(noBrowser ?? 'a customer of a tenant of', { timeout: 120_000 }, () => {
  let console: Console;
  beforeAll(async () => {
    console = await startConsole();
  }, 120_000);
  afterAll(() => console?.close());

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
    '%s',
    async (name, { events, secretOwner, isSecretShared }) => {
      const { admin, receiver } = console;
      const [sample] = events.samples;
      if (sample === undefined) throw new Error(`${name} has no sample`);
      const at = `/tenants/${name}`;
      await admin('POST', '/tenants', { id: name, name, dialect: name });
      const { path } = await makeLink(console, name);
      const { page, problems, close } = await console.visit(path, { isSignedIn: false });
      const dialog = page.getByRole('dialog');
      const button = (text: string | RegExp) => page.getByRole('button', { name: text });

      await button('Create endpoint').first().click();
      await dialog.getByLabel('URL').fill(`${receiver.url}/${name}`);
      await dialog.getByLabel('Event types').fill(sample.type);
      await dialog.getByRole('button', { name: 'Create endpoint' }).click();
      await dialog.getByText('The endpoint is created').waitFor();
      const shown = {
        secret: 'This secret signs its deliveries.',
        key: 'Receivers verify deliveries with this public key.',
        tenant: 'One secret signs the deliveries of all endpoints.',
      };
      const kind = secretOwner === 'tenant' ? 'tenant' : isSecretShared ? 'secret' : 'key';
      await dialog.getByText(shown[kind]).waitFor();
      await dialog.getByRole('link', { name: 'Open the endpoint' }).click();
      await page.getByRole('link', { name: 'Secret', exact: true }).click();
      if (kind !== 'key') {
        await page.getByText('••••').or(page.getByText('None is set yet')).first().waitFor();
        await button('Rotate secret').click();
        await dialog.getByRole('button', { name: 'Rotate secret' }).click();
        await page.getByRole('button', { name: 'Copy the secret' }).waitFor();
      } else await page.getByText('BEGIN PUBLIC KEY').waitFor();
      const received = (): number => receiver.requests.filter((one) => one.path === `/${name}`).length;
      const publish = async (count: number): Promise<void> => {
        for (let each = 0; each < count; each++)
          await admin('POST', `${at}/events`, { type: sample.type, payload: sample.payload });
      };
      await publish(published);
      await receiver.until(() => received() === published);
      await page.getByRole('link', { name: 'Deliveries', exact: true }).first().click();
      await expect
        .poll(() => page.getByRole('table').getByText('delivered').count(), { timeout: 20_000 })
        .toBe(published);
      await page.getByLabel('Select all rows that are loaded').click();
      await button(`Redeliver ${published}`).click();
      await page.getByText(`${published} of ${published} redeliveries ordered`).waitFor();
      await receiver.until(() => received() === 2 * published);

      await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
      await page.getByRole('table').getByRole('link').first().click();
      await button('Disable').click();
      await dialog.getByRole('button', { name: 'Disable' }).click();
      await button('Enable').waitFor();
      await publish(published);
      const { data } = await admin('GET', `${at}/deliveries?state=held`);
      for (const { id } of data) await admin('POST', `${at}/deliveries/${id}/cancel`);
      await button('Enable').click();
      await button('Disable').waitFor();
      await page.getByRole('link', { name: 'Replay', exact: true }).click();
      await button('Count what it would redeliver').click();
      await button(`Redeliver ${published} deliveries`).click();
      await page.getByText('finished').first().waitFor();
      await receiver.until(() => received() === 3 * published);

      await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('link', { name: 'Check', exact: true }).click();
      await button('Check receiver').click();
      await page
        .getByRole('status')
        .getByText(/ passed, [23] failed, /)
        .waitFor();
      expect(problems).toEqual([]);
      await close();
    },
  );
});
