import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  exactOf,
  fitsText,
  isExact,
  newestFitting,
  parseConstraint,
  parseVersion,
  type ToolVersion,
} from '../../src/domain/tool-version.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const holds = (constraint: string, version: string): boolean => {
  const parsed = parseConstraint(constraint);
  if (parsed === null) throw new Error(`no constraint: ${constraint}`);
  return fitsText(version, [parsed]);
};

const version = (text: string): ToolVersion => {
  const parsed = parseVersion(text);
  if (parsed === null) throw new Error(`no version: ${text}`);
  return parsed;
};

describe('a constraint over versions', () => {
  it.each([
    ['1.11.4', '1.11.4', true],
    ['1.11', '1.11.0', true],
    ['1.11', '1.11.4', false],
    ['= 1.11.4', '1.11.4', true],
    ['v1.11.4', '1.11.4', true],
    ['!= 1.11.4', '1.11.4', false],
    ['~> 1.9', '1.8.9', false],
    ['~> 1.9', '1.9.0', true],
    ['~> 1.9', '1.99.1', true],
    ['~> 1.9', '2.0.0', false],
    ['~> 1.9.0', '1.9.8', true],
    ['~> 1.9.0', '1.10.0', false],
    ['~> 1.9.3', '1.9.2', false],
    ['~> 1', '7.0.0', true],
    ['>= 1.6, < 2.0', '1.6.0', true],
    ['>= 1.6, < 2.0', '2.0.0', false],
    ['>=1.6,<2.0', '1.5.7', false],
    ['> 1.6', '1.6.0', false],
    ['<= 1.6', '1.6.0', true],
    // One before a release is never meant by accident.
    ['>= 1.6', '1.7.0-beta1', false],
    ['< 1.7', '1.7.0-beta1', false],
    ['>= 1.7.0-alpha1', '1.7.0-beta1', true],
    ['>= 1.7.0-alpha1', '1.8.0-beta1', false],
    ['>= 1.7.0-alpha1', '1.8.0', true],
    ['~> 1.7.0-beta1', '1.7.0-beta2', true],
    ['~> 1.7.0-beta1', '1.7.0', false],
    ['1.7.0-beta1', '1.7.0-beta1', true],
    ['1.7.0-beta1', '1.7.0', false],
  ])('%s holds for %s: %s', (constraint, text, expected) => {
    expect(holds(constraint, text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '1.x',
    '^1.2',
    '~1.2',
    '> ',
    '1.2.3.4',
    '>= 1.6 < 2.0',
    '>= 1.6,',
    'latest',
    '%{x}',
    '=> 1',
    `1.${'9'.repeat(600)}`,
  ])('is not %j', (text) => {
    expect(parseConstraint(text)).toBeNull();
  });

  it('says what the real tool says of itself', { timeout: 60_000 }, () => {
    const folder = temporaryFolder('constraints');
    const environment = { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1', HOME: folder };
    const terraform = (...args: readonly string[]) =>
      spawnSync('terraform', args, { cwd: folder, env: environment, encoding: 'utf8' });
    const installed =
      /"terraform_version":\s*"([^"]+)"/.exec(terraform('version', '-json').stdout)?.[1] ?? '';
    const [major = 0, minor = 0, patch = 0] = version(installed).segments;
    const constraints = [
      installed,
      `!= ${installed}`,
      `~> ${major}.${minor}`,
      `~> ${major}.${minor + 1}`,
      `~> ${major}.${minor}.${patch}`,
      `~> ${major}.${minor}.${patch + 1}`,
      `~> ${major}.${minor - 1}.0`,
      `~> ${major}`,
      `>= ${major}.${minor}, < ${major + 1}.0`,
      `> ${installed}`,
      `< ${installed}`,
      `<= ${installed}, >= ${installed}`,
      `>= 0.12,< ${major}.${minor}`,
      `${major}.${minor}`,
    ];
    mkdirSync(path.join(folder, '.terraform'));
    const said = constraints.map((text) => {
      writeFileSync(path.join(folder, 'main.tf'), `terraform {\n  required_version = "${text}"\n}\n`);
      const { status, stderr } = terraform('init', '-no-color', '-input=false');
      // Nothing but the version may be what it minds.
      if (status !== 0 && !stderr.includes('Unsupported Terraform Core version')) throw new Error(stderr);
      return [text, status === 0];
    });
    expect(said).toEqual(constraints.map((text) => [text, holds(text, installed)]));
    expect(new Set(said.map(([, fits]) => fits)).size).toBe(2);
  });
});

const part = fc.nat({ max: 40 });
const release = fc.tuple(part, part, part).map((parts) => parts.join('.'));
const preRelease = fc
  .array(fc.oneof(fc.constantFrom('alpha', 'beta', 'rc1', '0a'), fc.nat({ max: 30 }).map(String)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join('.'));
const anyVersion = fc
  .tuple(release, fc.option(preRelease, { nil: null }))
  .map(([numbers, pre]) => (pre === null ? numbers : `${numbers}-${pre}`));

describe('versions', () => {
  it('are in one order', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        const [one, two, three] = [version(a), version(b), version(c)];
        expect(Math.sign(compareVersions(one, two))).toBe(0 - Math.sign(compareVersions(two, one)));
        if (compareVersions(one, two) <= 0 && compareVersions(two, three) <= 0)
          expect(compareVersions(one, three)).toBeLessThanOrEqual(0);
      }),
    );
    const ordered = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
      '1.2.0',
      '1.10.0',
    ];
    const sorted = ordered.toReversed().sort((a, b) => compareVersions(version(a), version(b)));
    expect(sorted).toEqual(ordered);
  });

  it('each is exactly itself, and above nothing that is newer', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, (a, b) => {
        expect(isExact(a)).toBe(true);
        expect(holds(a, a)).toBe(true);
        expect(holds(`!= ${a}`, a)).toBe(false);
        if (holds(`>= ${a}`, b)) expect(holds(`< ${a}`, b)).toBe(false);
        // Within the same minor version, from there on.
        if (holds(`~> ${a}`, b)) {
          expect(version(b).segments.slice(0, 2)).toEqual(version(a).segments.slice(0, 2));
          expect(holds(`>= ${a}`, b)).toBe(true);
        }
      }),
    );
  });

  it('the newest that fits is one of them, fits, and none that fits is newer', () => {
    fc.assert(
      fc.property(fc.array(anyVersion, { maxLength: 12 }), release, (versions, from) => {
        const constraint = parseConstraint(`~> ${from}, != ${from}`);
        if (constraint === null) throw new Error('no constraint');
        const newest = newestFitting(versions, [constraint]);
        const fitting = versions.filter((one) => fitsText(one, [constraint]));
        expect(newest === null ? [] : [newest]).toEqual(fitting.length === 0 ? [] : [expect.any(String)]);
        if (newest === null) return;
        expect(fitting).toContain(newest);
        for (const one of fitting)
          expect(compareVersions(version(one), version(newest))).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('before a release are chosen only where one is named', () => {
    const all = ['1.8.0', '1.9.0-beta1', '1.9.0-rc2', 'nonsense', 'v1.20.0', '1.9'];
    const newest = (...texts: readonly string[]) =>
      newestFitting(
        all,
        texts.map((text) => parseConstraint(text) ?? { text, terms: [] }),
      );
    expect(newest()).toBe('1.8.0');
    expect(newest('~> 1.0')).toBe('1.8.0');
    expect(newest('1.9.0-rc2')).toBe('1.9.0-rc2');
    expect(newest('> 1.8')).toBeNull();
  });

  it('a constraint is exact where it says one version and nothing else', () => {
    const exact = (text: string) => exactOf([parseConstraint(text) ?? { text, terms: [] }]);
    expect([
      exact('1.11.4'),
      exact('= 1.11.4'),
      exact('1.11'),
      exact('~> 1.11.4'),
      exact('1.1.1, 1.1.1'),
    ]).toEqual(['1.11.4', '1.11.4', null, null, null]);
  });
});
