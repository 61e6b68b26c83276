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

  const chart = (dependencies: string, more = '') =>
    `apiVersion: v2\nname: web\nversion: 1.0.0\n${more}${dependencies}`;
  const subjects = (text: string) => readChartFile(text).fetched.map(({ subject }) => subject);

  it.each<readonly [string, string, readonly string[], readonly (string | null)[]]>([
    [
      'in blocks',
      'dependencies:\n  - name: redis\n    version: ~1.2.0\n    repository: https://charts.example/stable/\n  - repository: "oci://GHCR.io:443/acme"\n    version: ">=1.0, <2" # newer\n    name: "more"\n',
      ['https://charts.example/stable/redis ~1.2.0', 'oci://GHCR.io:443/acme/more >=1.0, <2'],
      ['charts.example/stable/redis', 'ghcr.io:443/acme/more'],
    ],
    [
      'in braces',
      "dependencies: [{name: a, version: '1', repository: 'https://c.example/x'}, {repository: oci://h/y, name: b, version: 2.0.0}]",
      ['https://c.example/x/a 1', 'oci://h/y/b 2.0.0'],
      ['c.example/x/a', 'h/y/b'],
    ],
    [
      'in no way that lists can mean',
      'dependencies:\n- {name: a, version: "1", repository: "http://c.example"}\n- {name: b, version: "1", repository: "https://u:p@c.example"}\n- {name: c, version: "1", repository: "https://c.example/a?b=c"}\n- {name: d, version: "1", repository: "https://c.example/a/../b"}\n- {name: e, version: "1", name: f, repository: "https://c.example/a"}\n',
      [
        'http://c.example/a 1',
        'https://u:p@c.example/b 1',
        'https://c.example/a?b=c/c 1',
        'https://c.example/a/../b/d 1',
        'https://c.example/a 1',
      ],
      [null, null, null, null, null],
    ],
  ])('takes charts from elsewhere: %s', (_, text, said, places) => {
    const { fetched } = readChartFile(chart(text));
    expect(fetched.map(({ subject }) => subject)).toEqual(said);
    expect(fetched.map(({ place }) => place)).toEqual(places);
  });

  it('takes none where an address is only told', () => {
    const more =
      'home: https://a.example\nicon: "https://a.example/i.png"\nsources:\n  - https://a.example/s\n  - "https://a.example/t"\nmaintainers: [{name: x, url: https://a.example/x}]\n# https://a.example/c\ndescription: see https://a.example/d, or (https://a.example/e)\nkeywords: [https://a.example/k, https://a.example/l]\n';
    expect(subjects(chart('', more))).toEqual([]);
  });

  it.each([
    'repository:\n      https://evil.example',
    'repository: >-\n      https://evil.example',
    'repository: # where\n      "https://evil.example"',
    '"repository" : "https://evil.example"',
    'REPOSITORY: https://evil.example',
    'repo\u017fitory: https://evil.example',
    'alias: x # y\u2028    repository: https://evil.example',
    '# y\r    repository: https://evil.example',
    'home: x, repository: https://evil.example',
    '? repository\n    : https://evil.example',
  ])('sees it in %j', (line) => {
    expect(subjects(chart(`dependencies:\n  - name: a\n    version: 1.0.0\n    ${line}\n`)).join()).toContain(
      'https://evil.example',
    );
  });

  it.each([
    'repository: "h\\u0074tps://evil.example"',
    'repository: !!binary aHR0cHM6Ly9ldmls',
    'repository: *there',
    '<<: *all',
    'repository: !x y',
  ])('knows that it does not know of %j', (line) => {
    expect(readChartFile(chart(`dependencies:\n  - name: a\n    ${line}\n`)).fetched).toMatchObject([
      { subject: 'written in no plain way', place: null },
    ]);
  });

  it('knows one again by where it is from, its name and its version', () => {
    const keys = (text: string) => readChartFile(text).fetched.map(({ key }) => key);
    const one = 'dependencies:\n  - name: a\n    version: 1.0.0\n    repository: https://c.example\n';
    const other = 'dependencies: [{repository: \'https://c.example\', version: "1.0.0", name: a}]';
    expect(keys(one)).toEqual(keys(other));
    for (const [from, to] of [
      ['name: a', 'name: b'],
      ['1.0.0', '1.0.1'],
      ['c.example', 'd.example'],
    ] as const)
      expect(keys(one.replace(from, to))).not.toEqual(keys(one));
  });
});
