// What is evaluated inside the sandbox besides the function of an endpoint. Short, because it is compiled with every call.

/** Before the function. Evaluates to the replacer of JSON.stringify, which refuses what JSON does not have. */
export const checkSource = `Math.random = () => {
  throw new Error('Math.random is not there: the same event must give the same result each time');
};
(key, value) => {
  const type = typeof value;
  const isNumber = type === 'number';
  if (isNumber ? value - value === 0 : type !== 'function' && type !== 'symbol' && type !== 'bigint') return value;
  throw new TypeError((key || 'the result') + ' is ' + (isNumber ? value : 'a ' + type) + ', which JSON does not have');
}`;

/** After an error. Evaluates to a function that tells what was thrown as JSON of `[message, stack]`. */
export const describeSource = `(thrown) => {
  const cut = (value, length) => String(value).slice(0, length);
  const isError = thrown instanceof Error;
  const message = isError ? cut(thrown.name, 50) + ': ' + cut(thrown.message, 400) : 'it threw ' + cut(thrown, 400);
  return JSON.stringify([message, isError ? cut(thrown.stack, 4000) : '']);
}`;
