import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { TrustSettings } from '../../src/config/trust-settings.ts';
import { type FindingKind, findingKinds } from '../../src/domain/trust/finding.ts';

const settings = (text: string): TrustSettings => {
  const parsed = parseOperatorFile(`allow: [acme/*]\n${text}`, 'operator.yaml');
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value.trust;
};
const answer = (text: string, kind: FindingKind, place: string | null = null) =>
  settings(text).answer({ kind, path: 'a.tf', line: 1, subject: 'x', place });

describe('the operator’s rule for strangers’ code', () => {
  it('has an answer for every kind, and lets only what is ordinary pass', () => {
    const answers = Object.fromEntries(findingKinds.map((kind) => [kind, answer('', kind)]));
    const { variable_file, link, ...others } = answers;
    expect([variable_file, link]).toEqual(['allow', 'refuse']);
    expect(new Set(Object.values(others))).toEqual(new Set(['trust']));
    expect(answer('', 'provider', 'hashicorp/aws')).toBe('allow');
    expect(answer('', 'provider', 'evil.example/hashicorp/aws')).toBe('trust');
    expect(settings('')).toMatchObject({ plansForks: false, appliesForks: false, byAuthor: false });
  });

  it.each<readonly [FindingKind, string]>([
    ['program', 'programs'],
    ['provisioner', 'provisioners'],
    ['http', 'http'],
    ['remote_state', 'remote_state'],
    ['server_file', 'server_files'],
    ['backend', 'backends'],
    ['lock_file', 'lock_file'],
    ['override_file', 'override_files'],
    ['variable_file', 'variable_files'],
    ['tool_settings', 'tool_settings'],
    ['submodule', 'submodules'],
    ['git_attributes', 'git_attributes'],
    ['hook', 'hooks'],
    ['link', 'links'],
    ['unreadable', 'unreadable'],
    ['setting', 'settings'],
  ])('%s is decided by `%s`', (kind, key) => {
    for (const word of ['allow', 'trust', 'refuse'])
      expect(answer(`trust: { ${key}: ${word} }\n`, kind)).toBe(word);
  });

  it('lists are tried on where something comes from, and nothing unplain is on any', () => {
    const text =
      'trust:\n  providers: { allow: [acme/*], otherwise: refuse }\n  modules: { allow: ["github.com/acme/*"] }\n';
    expect(answer(text, 'provider', 'acme/x')).toBe('allow');
    expect(answer(text, 'provider', 'hashicorp/aws')).toBe('refuse');
    expect(answer(text, 'provider', 'evil.example/acme/x')).toBe('refuse');
    expect(answer(text, 'provider', null)).toBe('refuse');
    expect(answer(text, 'module', 'github.com/acme/modules')).toBe('allow');
    expect(answer(text, 'module', 'github.com/acme-evil/modules')).toBe('trust');
    expect(answer(text, 'module', null)).toBe('trust');
    expect(
      answer('trust: { charts: { allow: ["ghcr.io/acme/**"] } }\n', 'chart', 'ghcr.io/acme/charts/web'),
    ).toBe('allow');
    expect(answer('trust: { charts: { allow: ["**"] } }\n', 'chart', null)).toBe('trust');
    expect(answer('trust: { modules: { allow: ["**"] } }\n', 'module', null)).toBe('trust');
  });

  it('a fork is planned after trust at the most, and applied only where that is said as well', () => {
    expect(settings('trust: { forks: { plan: trust } }\n')).toMatchObject({
      plansForks: true,
      appliesForks: false,
    });
    expect(settings('trust: { forks: { plan: trust, apply: allow } }\n').appliesForks).toBe(true);
    expect(answer('trust: { forks: { plan: trust } }\n', 'fork')).toBe('trust');
  });

  it.each([
    ['trust: { program: allow }\n', 'programs'],
    ['trust: { programs: yes }\n', '`allow`, `trust` or `refuse`'],
    ['trust: { forks: { plan: allow } }\n', '`refuse` or `trust`'],
    ['trust: { providers: [hashicorp/*] }\n', 'a mapping'],
    ['trust: { modules: { allow: ["a\\\\b"] } }\n', 'backslash'],
    ['trust: { by_author: maybe }\n', '`true` or `false`'],
  ])('%j is told with its place', (text, words) => {
    const parsed = parseOperatorFile(`allow: [acme/*]\n${text}`, 'operator.yaml');
    expect('problem' in parsed ? JSON.stringify(parsed.problem) : '').toContain(words);
  });
});
