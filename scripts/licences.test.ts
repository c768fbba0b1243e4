// What an installation consists of: its licences are known and listed, and the bill of materials is whole.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { buildWeb } from './build-web.ts';
import { formatLicences, licencesFile } from './licences.ts';
import { listRuntimePackages } from './runtime-packages.ts';
import { makeSbom } from './sbom.ts';

/** They allow use and distribution, and ask for no more than to keep their texts. */
const allowed = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
];
const packages = listRuntimePackages();
const nameOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}@${version}`;

test('docs/licences.md has the packages of an installation (npm run licences)', () => {
  expect(packages.length).toBeGreaterThan(Object.keys(packageJson.dependencies).length);
  expect(packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(Object.keys(packageJson.dependencies)),
  );
  expect(readFileSync(licencesFile, 'utf8')).toBe(formatLicences());
});

test('every package has a licence that may be distributed', () => {
  expect(packages.filter(({ licence }) => !allowed.includes(licence)).map(nameOf)).toEqual([]);
});

test('the bill of materials has every package, with its licence', () => {
  const sbom = JSON.parse(makeSbom()) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly {
      readonly purl: string;
      readonly name: string;
      readonly version: string;
      readonly licenses: readonly unknown[];
    }[];
  };
  expect(sbom.bomFormat).toBe('CycloneDX');
  expect(sbom.metadata.component).toMatchObject({ name: 'carillon', version: packageJson.version });
  const listed = sbom.components.map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', ''));
  expect(new Set(listed)).toEqual(new Set(packages.map(nameOf)));
  expect(sbom.components.filter(({ licenses }) => licenses.length === 0)).toEqual([]);
});

test('the pages are built with the licences of the libraries in them', () => {
  buildWeb();
  expect(existsSync('web/dist/licences.md')).toBe(true);
  const text = readFileSync('web/dist/licences.md', 'utf8');
  for (const name of ['react', 'react-dom', '@tanstack/react-query']) expect(text).toContain(`## ${name} - `);
});
