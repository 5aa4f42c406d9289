// Messages as data, and how a language words them.

/** What is said: a code, and arguments by their names. */
export interface Message {
  code: string;
  args?: Readonly<Record<string, Argument>>;
  /** The English words with places for the arguments, of what is in no catalogue of the package. */
  text?: string;
}

/** A name that there is, and a label of it if that helps to tell which it is. */
export interface Named {
  name: string;
  label?: string;
}

/** What a message speaks of: a text, a number, a name, several of these, or a phrase that each language says in its own way. */
export type Argument = string | number | Named | Message | readonly Argument[];

/** The text of each code in one language: `{word}` stands for an argument. */
export type Catalogue = Readonly<Record<string, string>>;

/** The most characters of a message, as the engine has it. */
const MOST = 2_000;

/** A message in the words of a catalogue; what it does not have in those that the message brings, or by its code. */
export function worded(message: Message, catalogue: Catalogue): string {
  const text = said(message, catalogue);
  const characters = text.length > MOST ? [...text] : [];
  return characters.length > MOST ? `${characters.slice(0, MOST).join('')}…` : text;
}

function said({ code, args = {}, text }: Message, catalogue: Catalogue): string {
  const template = own(catalogue, code) ?? text ?? code;
  // Other braces are text: `{"filter": ...}`.
  return template.replace(/\{([a-z_]+)(?:, ([a-z]+))?\}/g, (place, name: string, form?: string) => {
    const argument = own(args, name);
    return argument === undefined ? place : shown(argument, form, catalogue);
  });
}

function shown(argument: Argument, form: string | undefined, catalogue: Catalogue): string {
  if (typeof argument === 'string') return argument;
  if (typeof argument === 'number') return form === 'grouped' ? argument.toLocaleString('en') : String(argument);
  if (isList(argument)) return listed(argument, form === 'or', catalogue);
  if ('code' in argument) return said(argument, catalogue);
  return `\`${argument.name}\`${argument.label === undefined ? '' : ` (${argument.label})`}`;
}

function listed(items: readonly Argument[], isChoice: boolean, catalogue: Catalogue): string {
  const separator = own(catalogue, 'list.separator') ?? ', ';
  const all = items.map((item) => shown(item, undefined, catalogue));
  const last = isChoice && all.length > 1 ? all.pop() : undefined;
  return all.join(separator) + (last === undefined ? '' : (own(catalogue, 'list.or') ?? separator) + last);
}

function isList(argument: Argument): argument is readonly Argument[] {
  return Array.isArray(argument);
}

function own<T>(of: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}
