import type { Problem } from '../../domain/problem.ts';
import { tail } from '../budget.ts';
import { visibleLines } from '../markdown.ts';
import { onlyColours } from '../terminal.ts';

/** Of a tool's own words beside the log. */
const detailsLimits = { lines: 1_000, bytes: 100_000 };

/** What went wrong, with what to do next. */
export const problemBox = (problem: Problem | null) =>
  problem === null
    ? null
    : {
        sentence: visibleLines(problem.sentence.replaceAll('`', '')),
        advice: visibleLines(problem.advice.replaceAll('`', '')),
        // Colours of a tool's own words mean nothing here.
        details:
          problem.details === undefined
            ? null
            : tail(visibleLines(onlyColours(problem.details)), detailsLimits.lines, detailsLimits.bytes),
      };
