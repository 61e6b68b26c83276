import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

test('each scenario names a file and tests that are in it', () => {
  const rows = read('README.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.test.ts'));
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    // A file, and behind it names until the next file.
    const [, ...parts] = row.split(/`([a-z]+\.test\.ts)`/);
    for (let index = 0; index < parts.length; index += 2) {
      const names = [...(parts[index + 1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
      expect(names.length, row).toBeGreaterThan(0);
      for (const name of names) expect(read(parts[index] ?? ''), row).toContain(name);
    }
  }
});
