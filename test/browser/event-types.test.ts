// The event catalogue: written with a schema that the server checks, read by dialect, and used to publish and to test.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../support/browser.ts';
import { type Console, startConsole } from './console.ts';

describe.skipIf(noBrowser !== null)(noBrowser ?? 'event types', () => {
  let console: Console;
  let endpoint: string;
  beforeAll(async () => {
    console = await startConsole();
    const { admin, receiver } = console;
    await admin('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
    const body = { url: `${receiver.url}/shop`, eventTypes: ['*'] };
    ({ id: endpoint } = await admin('POST', '/tenants/acme/endpoints', body));
  });
  afterAll(() => console?.close());

  test('one is created, its example is published and sent as a test event, and it is edited and removed', async () => {
    const { admin, receiver } = console;
    const { page, problems, close } = await console.visit('/console/event-types?tenant=acme');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    await page.getByText('No event types yet.').waitFor();
    await button('Create event type').first().click();
    await dialog.getByLabel('Name').fill('payment.paid');
    await dialog.getByLabel('Group (optional)').fill('Payments');
    await dialog.getByLabel('Schema of the payload (optional)').fill('{"type": ');
    await dialog.getByText('must be JSON: ').waitFor();
    await dialog
      .getByLabel('Schema of the payload (optional)')
      .fill('{"type": "object", "required": ["amount"], "properties": {"amount": {"type": "string"}}}');
    await dialog.getByLabel('Examples').fill('[{"amount": 5}]');
    await dialog.getByRole('button', { name: 'Create event type' }).click();
    await dialog
      .getByText(/examples\[0\].* must be string/)
      .first()
      .waitFor();
    await dialog.getByLabel('Examples').fill('[{"amount": "5.00"}]');
    await dialog.getByRole('button', { name: 'Create event type' }).click();
    await page.getByRole('heading', { name: 'payment.paid' }).waitFor();
    await page.getByText('Example 1').first().waitFor();

    await page.getByRole('link', { name: 'Publish one' }).click();
    expect(await dialog.getByLabel('Type').inputValue()).toBe('payment.paid');
    await expect.poll(() => dialog.getByLabel('Payload').inputValue()).toContain('"amount": "5.00"');
    await dialog.getByRole('button', { name: 'Publish event' }).click();
    await dialog.getByText('It is delivered to 1 endpoint.').waitFor();
    await receiver.until(() => receiver.requests.length === 1);

    await page.goto('/console/event-types/payment.paid?tenant=acme');
    await button('Send as test event').click();
    expect(await dialog.getByLabel('Endpoint').inputValue()).toBe(endpoint);
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await dialog.getByRole('link', { name: 'Sent: see its delivery' }).waitFor();
    await receiver.until(() => receiver.requests.length === 2);
    expect(receiver.requests[1]?.body).toContain('"amount":"5.00"');

    await page.goto('/console/event-types/payment.paid?tenant=acme');
    await button('Edit').click();
    await dialog.getByLabel('Deprecated').check();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('deprecated; still accepted').waitFor();
    expect(await admin('GET', '/event-types/payment.paid')).toMatchObject({
      version: 2,
      groupName: 'Payments',
      deprecated: true,
      examples: [{ amount: '5.00' }],
    });
    await button('Remove').click();
    await dialog.getByRole('button', { name: 'Remove event type' }).click();
    await page.getByText('No event types yet.').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('an OpenAPI document is imported after what it would change was shown; what is refused is told with its place', async () => {
    const { admin } = console;
    const at = '/event-types/';
    await admin('PUT', `${at}order.kept`, { description: 'Kept.' });
    await admin('PUT', `${at}order.same`, { description: 'The same.' });
    await admin('PUT', `${at}order.changed`, { description: 'Before.', deprecated: true });
    const { page, problems, close } = await console.visit('/console/event-types');
    const dialog = page.getByRole('dialog');
    const show = async (document: string): Promise<void> => {
      await dialog.getByLabel('Or the document itself').fill(document);
      await dialog.getByRole('button', { name: 'Show what would change' }).click();
    };
    await page.getByRole('button', { name: 'Import OpenAPI' }).click();
    await show('{"openapi": "3.1.0", ');
    await dialog.getByText('The document must be JSON').waitFor();
    await show('openapi: 3.1.0\nwebhooks: [}');
    await dialog.getByText(/neither JSON nor YAML: .* at line 2, column 12/).waitFor();
    await show('openapi: 3.1.0\nwebhooks: { order.new: { post: { requestBody: 5 } } }');
    await dialog.getByText('#/webhooks/order.new/post/requestBody must be an object').waitFor();
    await show("openapi: 3.1.0\nwebhooks: { order.new: { $ref: '#/none' } }");
    await dialog.getByText('the document refers to #/none, which is not in it').waitFor();

    const content = (example: string): string =>
      `content: { application/json: { schema: { $ref: '#/components/schemas/Order' }, example: ${example} } }`;
    const document = (example: string): string => `
openapi: 3.1.0
webhooks:
  order.new: { post: { tags: [Orders], requestBody: { ${content('{ id: a }')} } } }
  order.changed: { post: { description: After. } }
  order.same: { post: { description: The same. } }
  order.refused: { post: { requestBody: { ${content(example)} } } }
components: { schemas: { Order: { type: object, required: [id], properties: { id: { type: string } } } } }
`;
    const buffer = Buffer.from(document('{ id: 5 }'));
    await dialog.getByLabel('File').setInputFiles({ name: 'types.yaml', mimeType: 'text/yaml', buffer });
    await dialog.getByRole('button', { name: 'Show what would change' }).click();
    await dialog
      .getByText('2 added, 1 changed, 1 unchanged, 1 kept that the document does not have.')
      .waitFor();
    await dialog.getByText('order.changed: description, deprecated').waitFor();
    await dialog.getByRole('list', { name: 'Kept' }).getByText('order.kept').waitFor();
    expect((await admin('GET', '/event-types')).data).toHaveLength(3);
    await dialog.getByRole('button', { name: 'Import 3 event types' }).click();
    await dialog.getByText('2 event types are set.').waitFor();
    await dialog.getByText('#/webhooks/order.refused').waitFor();
    await dialog.getByText('examples[0].id must be string').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('link', { name: 'order.new' }).waitFor();
    expect(await admin('GET', `${at}order.new`)).toMatchObject({
      groupName: 'Orders',
      schema: { type: 'object', required: ['id'] },
      examples: [{ id: 'a' }],
    });
    expect(await admin('GET', `${at}order.changed`)).toMatchObject({ description: 'After.', version: 2 });

    await page.getByRole('button', { name: 'Import OpenAPI' }).click();
    await show(document('{ id: b }'));
    await dialog.getByRole('button', { name: 'Import 1 event type', exact: true }).click();
    await dialog.getByText('1 event type is set.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Import OpenAPI' }).click();
    await show(document('{ id: b }'));
    expect(await dialog.getByRole('button', { name: 'Nothing to import' }).isDisabled()).toBe(true);
    expect(problems).toEqual([]);
    await close();
  });

  test('a long catalogue is searched to its end', async () => {
    const { admin } = console;
    for (let count = 0; count < 110; count++) await admin('PUT', `/event-types/long.of-${count}`, {});
    await admin('PUT', '/event-types/z.last', { groupName: 'At the end' });
    const { page, problems, close } = await console.visit('/console/event-types');
    await page.getByLabel('Search event types').fill('at the END');
    await page.getByRole('link', { name: 'z.last' }).waitFor();
    expect(await page.locator('tr[data-id]').count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('find')).toBe('at the END');
    expect(problems).toEqual([]);
    await close();
  });

  test('the catalogue of a platform is read, and cannot be changed', async () => {
    const { page, problems, close } = await console.visit('/console/event-types');
    await page.getByLabel('Catalogue').selectOption('chip');
    // The list before stays until this one is there.
    await page.locator('tr[data-id="purchase.paid"]').waitFor();
    const row = page.locator('tr[data-id]').first();
    const name = await row.getByRole('link').innerText();
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.getByText('Example 1').first().waitFor();
    expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });
});
