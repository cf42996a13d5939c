// These patterns see texts that anybody may have sent. Each begins where a word does, and no part of one can take what the next
// part is for: so the time that they take grows with a text's length, not with its square.

/** Characters of a text beyond which nothing is kept: no message needs as many. */
const longest = 20_000;

/** What stands for data that was left out. */
const gap = "'...'";

/** Words before which a database quotes data, or part of a statement. */
const beforeData =
  'Duplicate entry |\\bvalue: |\\bvalue of |\\bnear |character string: |time zone: |XPATH syntax error: |value is out of range in ';

/** From such a quote up to the last one that a database's own words can follow, or to the end of a text that was cut off. */
const dataOfDatabase = new RegExp(
  `(${beforeData})(['"])(?:[\\s\\S]*\\2(?= for (?:key|column|function) | at (?:row|line) )|[\\s\\S]*\\2(?=[.,;:)\\]]*(?:\\s|$))|[\\s\\S]*)`,
  'g',
);

/** Words after which it quotes the name of something, which tells where to look. */
const beforeName =
  /(?:^|\W)(?:table|column|key|index|field|database|user|in|view|trigger|constraint|procedure|function|variable|role|event|by|to|@|account|privilege|engine|entry|for) *$/i;

/** Characters before a quote in which such a word stands. */
const nameWindow = 40;

/** `user:password@` in an address. */
const credentials = /(?<![a-z\d+.-])([a-z][a-z\d+.-]*:\/\/)[^\s/@'"<>:]*:[^\s/'"<>]*@/gi;

/** Node quotes the text that it takes for no JSON, behind the first character that can't stand where it does. */
const noJson = /(Unexpected token '[\s\S]{1,2}', )[\s\S]* is not valid JSON/g;

const mailAddress = /(?<![^\s<>"'`(),:;@/])[^\s<>"'`(),:;@/]+@[^\s<>"'`(),:;@/]+\.[a-z]{2,}/gi;

/**
 * The text without the data that programs quote in the errors they report: values and statements of a database, passwords in
 * addresses, text that is no JSON. Names of tables, columns and keys stay.
 */
export function withoutValues(text: string): string {
  const kept = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return kept
    .replaceAll(credentials, '$1...@')
    .replaceAll(noJson, '$1... is not valid JSON')
    .replaceAll(dataOfDatabase, (_all, before: string) => `${before}${gap}`);
}

/** The same of a text that is the message of an error: mail servers name in it who was written to. */
export function withoutValuesOfError(message: string): string {
  return withoutValues(message).replaceAll(mailAddress, '...@...');
}

/** The same of what a database has reported: of whatever it quotes, only the names that are known to be names stay. */
export function withoutValuesOfDatabase(message: string): string {
  const known = withoutValuesOfError(message);
  return known.replaceAll(/'[^']*'/g, (quoted, at: number) =>
    beforeName.test(known.slice(Math.max(0, at - nameWindow), at)) ? quoted : gap,
  );
}
