import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, answerTo, type Ending } from '../../../src/domain/rules/policy-answer.ts';
import { phrase } from '../../../src/render/markdown.ts';

const ending = (more: Partial<Ending>): Ending => ({ ended: 'exit', exitCode: 0, text: '', ...more });

describe('what a program of the operator says', () => {
  it.each<[Partial<Ending>, string, string]>([
    [{}, 'passed', 'it says yes'],
    [{ text: '3 tests, 3 passed\n' }, 'passed', 'it says yes'],
    [{ exitCode: 1 }, 'failed', 'it says no'],
    [{ exitCode: 1, text: ' \n\nFAIL - a\r\nFAIL - b\n' }, 'failed', 'it says `FAIL - a · FAIL - b`'],
    [{ exitCode: 2 }, 'unknown', 'it ended with exit code 2, which says neither yes nor no'],
    [{ exitCode: 255, text: 'no policies' }, 'unknown', 'neither yes nor no: `no policies`'],
    [{ exitCode: null }, 'unknown', 'it ended with exit code unknown'],
    [{ ended: 'signal', exitCode: null }, 'unknown', 'it was killed'],
    // A program that was told to stop may say anything about itself.
    [{ ended: 'signal', exitCode: 0 }, 'unknown', 'it was killed'],
    [{ ended: 'timeout', exitCode: 0 }, 'unknown', 'it took too long and was stopped'],
    [{ ended: 'timeout', exitCode: 1 }, 'unknown', 'it took too long and was stopped'],
    [{ ended: 'cancelled', exitCode: 0 }, 'unknown', 'it was cancelled'],
    [{ ended: 'not-found', exitCode: null }, 'unknown', 'its program could not be started on the server'],
  ])('%j is %s', (how, outcome, because) => {
    const answer = answerOf(ending(how));
    expect(answer.outcome).toBe(outcome);
    expect(answer.because).toContain(because);
  });

  it('is a yes for nothing but exit code 0', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('exit', 'signal', 'timeout', 'cancelled', 'not-found'),
        fc.option(fc.integer({ min: 0, max: 255 })),
        fc.string(),
        (ended, exitCode, text) => {
          const { outcome } = answerOf({ ended, exitCode, text });
          expect(outcome === 'passed').toBe(ended === 'exit' && exitCode === 0);
          expect(outcome === 'failed').toBe(ended === 'exit' && exitCode === 1);
        },
      ),
    );
  });

  it('has a few lines, and the cut is seen', () => {
    const many = answerOf(ending({ exitCode: 1, text: 'a\nb\nc\nd\ne\nf\ng\n' })).because;
    expect(many).toBe('it says `a · b · c · d · e · f…`');
    expect(answerOf(ending({ exitCode: 1, text: 'a\nb\nc\nd\ne\nf\n' })).because).not.toContain('…');
    const long = answerOf(ending({ exitCode: 1, text: '😀'.repeat(281) })).because;
    expect(long).toBe(`it says \`${'😀'.repeat(280)}…\``);
    expect(answerOf(ending({ exitCode: 1, text: 'x'.repeat(280) })).because).not.toContain('…');
  });

  it('stays code, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const { because } = answerOf(ending({ exitCode: 1, text }));
        expect(because).toMatch(/^it says (?:no|`[^`\p{Cc}]+`)$/u);
      }),
    );
    const words = '@acme/everybody [here](https://example.com) `/apply` <img src=x>\n/apply\n';
    expect(phrase(answerOf(ending({ exitCode: 1, text: words })).because)).toBe(
      "it says `@acme/everybody [here](https://example.com) '/apply' <img src=x> · /apply`",
    );
  });
});

describe('an answer', () => {
  const answers = [
    { name: 'opa', definition: 'one', outcome: 'passed', because: 'it says yes' },
    { name: 'cost', definition: 'two', outcome: 'failed', because: 'it says no' },
  ] as const;

  it('is of one policy as it was', () => {
    expect(answerTo({ name: 'opa', definition: 'one' }, answers)).toBe(answers[0]);
    expect(answerTo({ name: 'opa', definition: 'two' }, answers)).toBeNull();
    expect(answerTo({ name: 'cost', definition: 'one' }, answers)).toBeNull();
    expect(answerTo({ name: 'new', definition: 'one' }, answers)).toBeNull();
  });
});
