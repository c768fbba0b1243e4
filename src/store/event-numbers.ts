/** In Postgres, the number of an event is the day it is of, since 1970, times this, and a number of its database that counts up. */
export const numbersPerDay = 2 ** 38;
