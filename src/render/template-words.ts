import Handlebars from 'handlebars';

/** Something that a template asks for: a value as `outer/inner/name`, by the lists it stands in, or a partial with what it is given. */
interface Asked {
  readonly what: string;
  readonly line: number;
}

// The parser's types are no union: what a node is, it says itself.
const isPath = (node: hbs.AST.Node): node is hbs.AST.PathExpression => node.type === 'PathExpression';
const isMustache = (node: hbs.AST.Node): node is hbs.AST.MustacheStatement =>
  node.type === 'MustacheStatement';
const isPartial = (node: hbs.AST.Node): node is hbs.AST.PartialStatement => node.type === 'PartialStatement';
const isBlock = (node: hbs.AST.Node): node is hbs.AST.BlockStatement => node.type === 'BlockStatement';
const isText = (node: hbs.AST.Node): boolean =>
  node.type === 'ContentStatement' || node.type === 'CommentStatement';

const control: readonly string[] = ['if', 'unless', 'each'];

/** `../` and `@root` lead out of what a template is given where it stands. */
const nameOf = (node: hbs.AST.Node, scope: string): string | null => {
  if (!isPath(node)) return null;
  const { data, depth, original } = node;
  return data || depth > 0 || original.includes('/') ? null : `${scope}${original}`;
};

const line = (node: hbs.AST.Node): number => node.loc.start.line;
/** What no template of ours has. */
const strange = (node: hbs.AST.Node): Asked => ({
  what: `what is written in line ${line(node)}`,
  line: line(node),
});

function* askedBy(statements: readonly hbs.AST.Statement[], scope: string): Generator<Asked> {
  for (const statement of statements) {
    if (isMustache(statement)) {
      // Arguments are for helpers, of which there are none.
      const what = statement.params.length > 0 ? null : nameOf(statement.path, scope);
      yield what === null ? strange(statement) : { what, line: line(statement) };
    } else if (isPartial(statement)) yield partial(statement, scope);
    else if (isBlock(statement)) yield* block(statement, scope);
    else if (!isText(statement)) yield strange(statement);
  }
}

const partial = (statement: hbs.AST.PartialStatement, scope: string): Asked => {
  const [over, ...more] = statement.params;
  const called = nameOf(statement.name, '');
  const given = over === undefined ? scope : nameOf(over, scope);
  return called === null || given === null || more.length > 0
    ? strange(statement)
    : { what: `> ${called} ${given}`, line: line(statement) };
};

function* block(statement: hbs.AST.BlockStatement, scope: string): Generator<Asked> {
  const helper = nameOf(statement.path, '') ?? '';
  const [over, ...more] = statement.params;
  const what = over === undefined || more.length > 0 ? null : nameOf(over, scope);
  if (!control.includes(helper) || what === null) {
    yield strange(statement);
    return;
  }
  yield { what, line: line(statement) };
  yield* askedBy(statement.program.body, helper === 'each' ? `${what}/` : scope);
  // The parser leaves it out where there is no `else`, whatever its types say.
  const otherwise: hbs.AST.Program | undefined = statement.inverse;
  if (otherwise !== undefined) yield* askedBy(otherwise.body, scope);
}

/**
 * The first thing that a template asks for and another one does not: what the other asks for is all that there is. Null: none.
 *
 * @throws the parser's error, with a line, for what is no template
 */
export const unknownIn = (source: string, ours: string): Asked | null => {
  const known = new Set([...askedBy(Handlebars.parse(ours).body, '')].map(({ what }) => what));
  for (const asked of askedBy(Handlebars.parse(source).body, '')) if (!known.has(asked.what)) return asked;
  return null;
};
