import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';

const read = (text: string) => parseOperatorFile(text, '/etc/tidegate.yaml');
const value = (text: string) => {
  const parsed = read(text);
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value;
};

describe('the operator file', () => {
  it('needs no more than allow', () => {
    expect(value('allow: [acme/*]')).toMatchObject({
      prefixes: [],
      env: { plan: [], apply: [] },
      allowLocalState: null,
      parallelRuns: 4,
      queuedRuns: 1000,
      stepTimeoutMs: 3_600_000,
      idleTimeoutMs: 900_000,
      writePace: 'github',
      rules: [],
    });
  });

  it('gives every key', () => {
    const settings = value(`
allow: [acme/infra, "other/*"]
prefixes: [atlantis]
env: {plan: [AWS_REGION], apply: ["AWS_*"]}
allow_local_state: /var/lib/state/
parallel_runs: 2
queued_runs: 50
step_timeout: 90s
idle_timeout: 5m
write_pace: unlimited
rules:
  - match: "prod/**"
    requirements: [approved]
`);
    expect(settings).toMatchObject({
      prefixes: ['atlantis'],
      env: { plan: ['AWS_REGION'], apply: ['AWS_*'] },
      allowLocalState: '/var/lib/state',
      parallelRuns: 2,
      queuedRuns: 50,
      stepTimeoutMs: 90_000,
      idleTimeoutMs: 300_000,
      writePace: 'unlimited',
    });
    expect(settings.rules.map((rule) => rule.matches('prod/eu'))).toEqual([true]);
  });

  it('limits what a pull request may have planned, and says it for some repositories', () => {
    expect(value('allow: [a/b]').projectsPerPull('a/b')).toBe(100);
    const { projectsPerPull, maySet } = value(`
allow: ["a/*"]
projects_per_pull: 20
repositories:
  - {match: a/*, may_set: []}
  - {match: a/mono, projects_per_pull: 500}
`);
    expect(projectsPerPull('a/b')).toBe(20);
    expect(projectsPerPull('A/Mono')).toBe(500);
    // What says nothing of it leaves what another one says.
    expect(maySet('a/mono')).toEqual([]);
  });

  it('allows the repositories it names and no others', () => {
    const { allows } = value('allow: [acme/infra-*, "Big/*"]');
    for (const name of ['acme/infra-a', 'ACME/Infra-A', 'big/.github', 'BIG/x'])
      expect(allows(name), name).toBe(true);
    for (const name of [
      'acme/infra',
      'acme/app',
      'x/acme/infra-a',
      'acme/infra-a/x',
      'bigger/x',
      'big',
      '',
      'big/',
    ]) {
      expect(allows(name), name).toBe(false);
    }
  });

  it.each([
    ['', 'must be a mapping'],
    ['prefixes: []', '`allow` is missing; it must be a list of repositories'],
    ['allow: []', 'a list with one repository or more'],
    ['allow: acme/*', '`allow` is `acme/*`; it must be a list'],
    ['allow: ["**"]', '`allow[0]` is `**`; it must be `OWNER/REPOSITORY`'],
    ['allow: [a/b/c]', 'OWNER/REPOSITORY'],
    ['allow: [a/b]\nalow: []', 'The file has no key `alow`.'],
    ['allow: [a/b]\nallow: [c/d]', 'Map keys must be unique.'],
    ['allow: [a/b]\nprefixes: [At lantis]', 'one word in small letters'],
    ['allow: [a/b]\nenv: {plan: ["A=B"]}', 'a variable name'],
    ['allow: [a/b]\nallow_local_state: state', 'an absolute folder'],
    ['allow: [a/b]\nqueued_runs: 0', 'from 1 to 100000'],
    ['allow: [a/b]\nprojects_per_pull: 0', 'from 1 to 10000'],
    ['allow: [a/b]\nparallel_runs: 0', 'from 1 to 256'],
    ['allow: [a/b]\nparallel_runs: 1.5', 'from 1 to 256'],
    ['allow: [a/b]\nstep_timeout: 60', 'a duration'],
    ['allow: [a/b]\nfree_space_floor: 1', 'a size in `MB` or `GB`'],
    ['allow: [a/b]\nretention: {deliveries: 3d}', 'from `4d` to `3650d`'],
    ['allow: [a/b]\nretention: {runs: 4000d}', 'from `1d` to `3650d`'],
    ['allow: [a/b]\nretention: {audit: 1d}', 'no key `audit`'],
    ['allow: [a/b]\nstep_timeout: 25h', 'from `1s` to `24h`'],
    ['allow: [a/b]\nidle_timeout: 25h', '`idle_timeout` is `25h`'],
    ['allow: [a/b]\nstep_timeout: 0s', 'a duration'],
    ['allow: [a/b]\nrules: [{match: x, requirments: []}]', 'no key `requirments`'],
  ])('refuses %j', (text, sentence) => {
    const parsed = read(text);
    if ('value' in parsed) throw new Error('it was taken');
    expect(parsed.problem.code).toBe('settings-invalid');
    expect(parsed.problem.sentence).toMatch(/^\/etc\/tidegate\.yaml, line \d+, column \d+: /);
    expect(parsed.problem.sentence).toContain(sentence);
  });

  it('names the key that was meant', () => {
    expect(read('allow: [a/b]\nparalel_runs: 3')).toMatchObject({
      problem: { advice: expect.stringContaining('Did you mean `parallel_runs`?') },
    });
  });
});
