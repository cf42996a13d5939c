import { escapeId } from 'mysql2';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { mixBlocks } from '#platform/ownership/bucket-of.js';
import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { shortName } from './short-name.js';

/** A function that the database stores. */
export interface StoredFunction {
  name: string;
  /** What stands between its name and its body. */
  head: string;
  body: string;
}

/** Largest number of 32 bits: all that a step of the hash keeps. */
const mask = 0xffff_ffff;

const low32 = (term: string): string => `(${term} & ${mask})`;
const times = (term: string, factor: number): string => low32(`(${term} * ${factor})`);
/** Turns 32 bits to the left. Twice the number stands in 64 bits, so the term is written, and evaluated, only once. */
const turn = (term: string, bits: number): string => low32(`((${term} * 4294967297) >> ${32 - bits})`);
const scramble = (word: string): string => times(turn(times(word, 0xcc9e2d51), 15), 0x1b873593);
const mixIn = (hash: string, word: string): string =>
  low32(`((${turn(`(${hash} ^ ${scramble(word)})`, 13)} * 5) + 3864292196)`);
const numberOf = (digits: string): string => `CAST(CONV(${digits}, 16, 10) AS UNSIGNED)`;
/** Hexadecimal digits of a block of four bytes. */
const digits = 8;
/** The block at this index from where the function is. */
const block = (index: number): string =>
  numberOf(`SUBSTRING(strangler_rest, -(strangler_at + ${(index + 1) * digits}), ${digits})`);

/** Name of the function that gives the bucket of a capability's key. */
export function bucketFunctionName(capability: string): string {
  return shortName('strangler_bucket_', capability, '');
}

/**
 * The function that gives the bucket of a key, 1 to 100, in SQL that MySQL and MariaDB both know: equal to `bucketOfKey`
 * for every text that a database can hold. A NULL counts as the engine writes it.
 *
 * The flag's name comes first in what is hashed, and is the same for all keys: its whole blocks are hashed here already.
 * The rest, bytes in reverse, is kept as hexadecimal digits: so the last eight of them are the next block, little end
 * first. Of text that is not ASCII, the low byte of each UTF-16 unit is hashed, as Unleash does. Each statement of such a
 * function costs more than several terms: so there are few statements with long terms.
 */
export function bucketFunction(capability: string): StoredFunction {
  const prefix = `${ownershipGroup(capability)}:`;
  const hashed = prefix.length & ~3;
  const begun = prefix.slice(hashed);
  const blocks = (count: number): string =>
    Array.from({ length: count }, (_, index) => block(index)).reduce(mixIn, 'strangler_hash');
  const tail = numberOf("CONCAT('0', LEFT(strangler_rest, LENGTH(strangler_rest) % 8))");
  const length = `((LENGTH(strangler_rest) DIV 2) + ${hashed})`;
  const last = (count: number): string =>
    `SET strangler_hash = (${blocks(count)} ^ ${scramble(tail)}) ^ ${length};`;
  return {
    name: bucketFunctionName(capability),
    head: '(strangler_key LONGTEXT CHARACTER SET utf8mb4) RETURNS TINYINT UNSIGNED DETERMINISTIC NO SQL SQL SECURITY INVOKER',
    body: `BEGIN
  DECLARE strangler_rest LONGTEXT CHARACTER SET ascii
    DEFAULT HEX(REVERSE(CAST(CONCAT('${begun}', COALESCE(strangler_key, 'null')) AS BINARY)));
  DECLARE strangler_units LONGTEXT CHARACTER SET ascii;
  DECLARE strangler_at INT DEFAULT 0;
  DECLARE strangler_hash BIGINT UNSIGNED DEFAULT ${mixBlocks(prefix) >>> 0};
  IF CHAR_LENGTH(strangler_key) <> LENGTH(strangler_key) THEN
    SET strangler_units = HEX(CONVERT(strangler_key USING utf16)), strangler_rest = HEX(REVERSE('${begun}'));
    WHILE strangler_at * 4 < LENGTH(strangler_units) DO
      SET strangler_rest = CONCAT(SUBSTRING(strangler_units, strangler_at * 4 + 3, 2), strangler_rest),
        strangler_at = strangler_at + 1;
    END WHILE;
    SET strangler_at = 0;
  END IF;
  WHILE strangler_at + ${4 * digits} <= LENGTH(strangler_rest) DO
    SET strangler_hash = ${blocks(4)}, strangler_at = strangler_at + ${4 * digits};
  END WHILE;
  CASE (LENGTH(strangler_rest) - strangler_at) DIV ${digits}
    WHEN 0 THEN ${last(0)}
    WHEN 1 THEN ${last(1)}
    WHEN 2 THEN ${last(2)}
    ELSE ${last(3)}
  END CASE;
  SET strangler_hash = ${times('(strangler_hash ^ (strangler_hash >> 16))', 0x85ebca6b)};
  SET strangler_hash = ${times('(strangler_hash ^ (strangler_hash >> 13))', 0xc2b2ae35)};
  RETURN ((strangler_hash ^ (strangler_hash >> 16)) % ${bucketCount}) + 1;
END`,
  };
}

/** The statement that creates it. */
export function createFunction({ name, head, body }: StoredFunction): string {
  return `CREATE FUNCTION ${escapeId(name, true)}${head}\n${body}`;
}
