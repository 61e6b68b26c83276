import { describe, expect, it } from 'vitest';
import type { LeftReason } from '../../src/domain/followup.ts';
import { leftReasons } from '../../src/domain/followup.ts';
import { followupBody, followupTitle } from '../../src/render/followup.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { commit, person, sampleProject } from '../support/samples.ts';

const left = (name: string, because: LeftReason = 'never') => ({
  ...sampleProject('network'),
  name,
  because,
});
const about = { pullNumber: 12, commit: commit('c'), asker: person(1, 'ada') };

describe('a pull request for what is left', () => {
  it('says of what, of whom, and why each project is in it', () => {
    expect(followupTitle(about)).toBe('Follow up on #12');
    expect(
      followupBody(
        { ...about, projects: leftReasons.map((reason, at) => left(`project-${at}`, reason)) },
        'somebody was in the console',
      ),
    ).toMatchInlineSnapshot(`
      "#12 was merged as \`cccccccccccc\`, and this is left to apply of it:

      - \`project-0\`: what was planned after the merge is not what was agreed to before it
      - \`project-1\`: its apply failed
      - \`project-2\`: less than all of it was applied
      - \`project-3\`: its apply has not begun
      - \`project-4\`: its apply was given up
      - \`project-5\`: it was not applied

      Asked for by \`ada\`, who says why: \`somebody was in the console\`.

      No file changes here. These projects are planned as the base branch has them now, and are applied as those of any pull request, under the same rules; who asked and who wrote #12 cannot approve it. Closed without an apply, it leaves everything as it was."
    `);
  });

  it('holds strangers’ words as words: no mention, no link, no closing of issues, no trailer', () => {
    const hostile = 'x` @octocat fixes #1\n\nCo-authored-by: m <m@example.org>\n<img src=x>';
    const body = followupBody({ ...about, projects: [left(hostile)] }, hostile);
    expect(body).not.toContain('@octocat');
    expect(body).not.toContain('fixes #1');
    expect(body).not.toContain('<img');
    expect(body.split('\n').some((line) => line.startsWith('Co-authored-by'))).toBe(false);
    const many = Array.from({ length: 60 }, (_, at) => left(`p${at}`));
    expect(followupBody({ ...about, projects: many }, '')).toContain('- and 10 more');
  });

  it('is named in the answer, with what is not part of it', () => {
    const reply = createRenderer().reply({
      kind: 'followup',
      marker: 'tidegate:reply:1',
      login: 'grace',
      command: '/followup',
      number: 13,
      asker: 'ada',
      projects: [left('network', 'differs')],
      notYet: [{ name: 'database', why: 'is being applied' }],
    });
    expect(reply).toContain('What is left goes on in #13:');
    expect(reply).toContain('- `network`: what was planned after the merge');
    expect(reply).toContain('- `database` is being applied');
    expect(reply).toContain('`ada` counts as its author');
  });
});
