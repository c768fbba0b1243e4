/**
 * How far a reader has come in what is numbered: a number of the one database, or the numbers of several, each behind the number of
 * its partition: `0:17,2:4`.
 */
export type Position = number | string;
