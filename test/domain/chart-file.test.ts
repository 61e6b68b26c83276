import { describe, expect, it } from 'vitest';
import { readChartFile } from '../../src/domain/chart-file.ts';

describe('a Chart.yaml', () => {
  it.each([
    ['repository: file://../common', ['../common']],
    ['repository: "file://../common"', ['../common']],
    ["{name: a, repository: 'file://./x'}", ['./x']],
    ['dependencies: [{repository: file://charts/a}, {repository: file:///etc}]', ['charts/a', '/etc']],
    ['repository: https://charts.example', []],
    [
      '# file://../left\nrepository: file://../common\nrepository: file://../common',
      ['../left', '../common'],
    ],
  ])('%s depends on folders', (text, folders) => {
    expect(readChartFile(text)).toMatchObject({ folders, isPlain: true });
  });

  it.each(['repository: "fi\\x6ce://../x"', 'repository: !!binary ZmlsZTovLy4uL3g=', 'a: [!x y]'])(
    '%s may mean something else than it seems to',
    (text) => expect(readChartFile(text).isPlain).toBe(false),
  );

  it('is plain where a bang is only a word, and nobody knows of one that is very long', () => {
    expect(readChartFile('description: It works!\nname: a').isPlain).toBe(true);
    expect(readChartFile('a'.repeat(1_000_001)).isPlain).toBe(false);
  });

  it('says that it is for others', () => {
    expect(readChartFile('name: a\ntype: library\n').isLibrary).toBe(true);
    expect(readChartFile('name: a\n"type": "library"\n').isLibrary).toBe(true);
    expect(readChartFile('name: a\ntype: application # no library\n').isLibrary).toBe(false);
    expect(readChartFile('dependencies:\n  - type: library\n').isLibrary).toBe(false);
  });
});
