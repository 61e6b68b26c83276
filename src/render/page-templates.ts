import Handlebars from 'handlebars';
import { templateText } from './templates.ts';

const pageNames = [
  'front',
  'runs',
  'run',
  'locks',
  'environments',
  'project',
  'notifications',
  'notice',
] as const;
const partNames = ['top', 'end', 'run-rows', 'log-lines', 'problem-box'] as const;
export type PageName = (typeof pageNames)[number];

/**
 * The same for pages. Here Handlebars escapes every value, so that none of them can be more than text or the inside of a quoted
 * attribute; no template has a triple brace, which a test sees to.
 */
export const loadPages = (): ((name: PageName, values: object) => string) => {
  const handlebars = Handlebars.create();
  for (const name of partNames) handlebars.registerPartial(name, templateText(`pages/${name}`));
  const fills = new Map(
    pageNames.map((name) => [
      name,
      handlebars.compile(templateText(`pages/${name}`), { strict: true, knownHelpersOnly: true }),
    ]),
  );
  return (name, values) => {
    const fill = fills.get(name);
    if (fill === undefined) throw new TypeError(`no template ${name}`);
    return fill(values);
  };
};
