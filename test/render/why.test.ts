import { expect, test } from 'vitest';
import { allOf, no, yes } from '../../src/domain/verdict.ts';
import { createRenderer } from '../../src/render/renderer.ts';

const problem = { code: 'not-approved', sentence: 'It waits.', advice: 'Ask.' } as const;
const missing = no('approved', 'no approval that counts', problem, {
  source: 'tidegate.yaml of the base branch, line 5',
  needs: 'a review by `acme/db`',
});
const checks = no('checks', '`ci/test` failed', problem, {
  parts: [yes('lint', '`lint` passed'), no('ci/test', '`ci/test` failed', problem)],
});
const reply = (...projects: { name: string; verdict: ReturnType<typeof allOf> }[]) =>
  createRenderer().reply({
    kind: 'why',
    marker: 'tidegate:reply:1',
    login: 'ada',
    command: '/why',
    projects,
    more: 0,
  });

test('what is missing comes first, each with its line and who can help, and what holds is folded', () => {
  const verdict = allOf('apply', [yes('open', 'it is open'), missing, checks]);
  expect(reply({ name: 'network', verdict })).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:1 -->
    **ada** asked for \`/why\`.

    **\`network\`** is not applied now.

    - ❌ approved: no approval that counts (tidegate.yaml of the base branch, line 5); waits for a review by \`acme/db\`
    - ❌ checks: \`ci/test\` failed
      - ❌ ci/test: \`ci/test\` failed

    <details><summary>1 that holds</summary>

    - ✅ open: it is open

    </details>
    "
  `);
});

test('a project that may be applied says so', () => {
  const text = reply({ name: 'network', verdict: allOf('apply', [yes('open', 'it is open')]) });
  expect(text).toContain('**`network`** may be applied now.');
  expect(text).not.toContain('❌');
});

test('what people and tools wrote is no markup', () => {
  const verdict = allOf('apply', [no('policy x', '</details>\n# [click](http://a) @ada', problem)]);
  const text = reply({ name: '`a`\n# b', verdict });
  expect(text).not.toMatch(/^# /m);
  expect(text).not.toContain('</details>');
  expect(text).not.toContain('@ada');
});
