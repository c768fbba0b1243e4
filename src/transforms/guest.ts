// What runs inside the sandbox around the function of an endpoint: plain JavaScript, evaluated before the function in the same
// fresh context. It takes the built-ins that it uses before the function can replace them.

/** Evaluates to `{call, describe}`. `call` answers the result as JSON, `describe` what was thrown as `[message, stack]`. */
export const guestSource = `(() => {
  const { parse, stringify } = JSON;
  const { isFinite } = Number;
  const { apply } = Reflect;
  const { slice } = String.prototype;
  const text = String;
  const PromiseClass = Promise;
  const ErrorClass = Error;
  const cut = (value, length) => apply(slice, text(value), [0, length]);

  Math.random = () => {
    throw new ErrorClass('Math.random is not there: the same event must give the same result each time');
  };

  const place = (key) => (key === '' ? 'the result' : cut(key, 100));
  const check = (key, value) => {
    const type = typeof value;
    if (type === 'function' || type === 'symbol' || type === 'bigint') {
      throw new TypeError(place(key) + ' is a ' + type + ', which JSON does not have');
    }
    if (type === 'number' && !isFinite(value)) {
      throw new TypeError(place(key) + ' is ' + value + ', which JSON does not have');
    }
    return value;
  };

  const call = (transform, event, lengthMax) => {
    const result = transform(parse(event));
    if (result === undefined) {
      throw new TypeError('it returned undefined; return a payload, or null to cancel the delivery');
    }
    if (result instanceof PromiseClass) throw new TypeError('it returned a promise; it must not be async');
    const json = stringify(result, check);
    if (json.length > lengthMax) throw new RangeError('it returned more than ' + lengthMax + ' characters');
    return json;
  };

  const describe = (thrown) => {
    const isError = thrown instanceof ErrorClass;
    const message = isError ? cut(thrown.name, 50) + ': ' + cut(thrown.message, 400) : 'it threw ' + cut(thrown, 400);
    return stringify([message, isError ? cut(thrown.stack, 4000) : '']);
  };

  return { call, describe };
})()`;
