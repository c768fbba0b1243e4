// Sandbox: one call of an endpoint's function in QuickJS, a JavaScript engine in WebAssembly that reaches nothing outside of its
// memory. Each call has a fresh runtime, so that nothing of one is seen by another, and none depends on those before.
import { readFileSync } from 'node:fs';
import releaseSync from '@jitl/quickjs-wasmfile-release-sync';
import {
  type Intrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core';
import type { ScriptProblem } from '#core/transform.ts';
import { checkSource, describeSource } from './guest.ts';

/** Of WebAssembly, what is used here: the types of Node have none. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => object;
  compile(bytes: Uint8Array): Promise<object>;
};

/** Its types are those of CommonJS, where the default export is a member. */
const variant = releaseSync as unknown as QuickJSSyncVariant;

/** Without `event` the source is only evaluated. */
export interface ScriptCall {
  readonly source: string;
  readonly event: string | null;
}

/** `json` is what the function returned; null without a call. `isBroken`: the sandbox must not be used again. */
export type ScriptEnding =
  | { readonly kind: 'ended'; readonly json: string | null }
  | { readonly kind: 'failed'; readonly problem: ScriptProblem; readonly isBroken: boolean };

/** Of one call. The time is that of the processor: a busy machine fails no call. */
export const callMsMax = 50;
const callBytesMax = 16 * 1024 * 1024;
/** Some 1,500 calls deep; 1 MiB is more than V8 has for it. */
const stackBytesMax = 256 * 1024;
/** UTF-16 units of JSON, twice the largest payload. */
const resultLengthMax = 2 * 1024 * 1024;

const page = 65_536;
/** The least that the module asks for, and double: what a call may use, and what the runtime itself needs. */
const memoryPages = { initial: (16 * 1024 * 1024) / page, maximum: (32 * 1024 * 1024) / page };

/** No typed arrays: making them takes a third of a call, and JSON has none. */
const intrinsics: Intrinsics = {
  BaseObjects: true,
  Date: true,
  Eval: true,
  StringNormalize: true,
  RegExp: true,
  RegExpCompiler: true,
  JSON: true,
  Proxy: true,
  MapSet: true,
  Promise: true,
  BigInt: true,
};

export type Sandbox = (call: ScriptCall) => ScriptEnding;

/** Compiled once in a thread; a sandbox is an instance of it. */
export async function compileSandbox(): Promise<() => Promise<Sandbox>> {
  const path = new URL(import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
  const wasmModule = await WebAssembly.compile(readFileSync(path));
  return async () => {
    const wasmMemory = new WebAssembly.Memory(memoryPages);
    const engine = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule, wasmMemory }));
    return (call) => runScript(engine, call);
  };
}

function runScript(engine: QuickJSWASMModule, call: ScriptCall): ScriptEnding {
  const timer = startTimer();
  try {
    const runtime = engine.newRuntime({
      memoryLimitBytes: callBytesMax,
      maxStackSizeBytes: stackBytesMax,
      interruptHandler: timer.hasExpired,
    });
    const ending = runIn(runtime, call, timer);
    runtime.dispose();
    return ending;
  } catch (error) {
    // The engine ended abnormally: deep recursion in native code overflows the stack of the thread.
    const isDeep = error instanceof RangeError;
    const message = isDeep ? 'it went too deep: the stack overflowed' : 'it broke the sandbox';
    return { kind: 'failed', problem: problemOf(message), isBroken: true };
  }
}

function runIn(runtime: QuickJSRuntime, call: ScriptCall, timer: Timer): ScriptEnding {
  return Scope.withScope((scope) => {
    const context = scope.manage(runtime.newContext({ intrinsics }));
    const result = evaluate({ scope, context }, call);
    if ('json' in result) return { kind: 'ended', json: result.json };
    const problem = describe({ scope, context }, result.thrown);
    return { kind: 'failed', problem: timer.isExpired() ? tooLong : problem, isBroken: false };
  });
}

/** One call under way; the scope frees what it holds of the memory of the sandbox. */
interface Running {
  readonly scope: Scope;
  readonly context: QuickJSContext;
}

type Result = { readonly json: string | null } | { readonly thrown: QuickJSHandle | string };

function evaluate({ scope, context }: Running, { source, event }: ScriptCall): Result {
  // Taken before the source can replace them.
  const json = scope.manage(context.getProp(context.global, 'JSON'));
  const parse = scope.manage(context.getProp(json, 'parse'));
  const stringify = scope.manage(context.getProp(json, 'stringify'));
  const check = scope.manage(context.unwrapResult(context.evalCode(checkSource, 'check')));
  const evaluated = scope.manage(context.evalCode(source, 'transform', { type: 'global' }));
  if (evaluated.error !== undefined) return { thrown: evaluated.error };
  if (context.typeof(evaluated.value) !== 'function') return { thrown: noFunction };
  if (event === null) return { json: null };
  const call = (to: QuickJSHandle, ...args: QuickJSHandle[]) =>
    scope.manage(context.callFunction(to, context.undefined, ...args));
  const parsed = call(parse, scope.manage(context.newString(event)));
  if (parsed.error !== undefined) return { thrown: parsed.error };
  const returned = call(evaluated.value, parsed.value);
  if (returned.error !== undefined) return { thrown: returned.error };
  const wrong = checkKind(context, returned.value);
  if (wrong !== null) return { thrown: wrong };
  const text = call(stringify, returned.value, check);
  if (text.error !== undefined) return { thrown: text.error };
  if (context.typeof(text.value) !== 'string') return { thrown: nothingReturned };
  const result = context.getString(text.value);
  return result.length > resultLengthMax ? { thrown: tooMuch } : { json: result };
}

function checkKind(context: QuickJSContext, value: QuickJSHandle): string | null {
  if (context.typeof(value) === 'undefined') return nothingReturned;
  if (context.typeof(value) !== 'object') return null;
  const state = context.getPromiseState(value);
  if (state.type === 'fulfilled' && state.notAPromise === true) return null;
  return 'it returned a promise; it must not be async';
}

const noFunction = 'its last expression must be a function, such as (event) => event.payload';
const nothingReturned = 'it returned undefined; return a payload, or null to cancel the delivery';
const tooMuch = `it returned more than ${resultLengthMax} characters`;

/** What was thrown may be anything, and reading it may run code, loop or throw again. */
function describe({ scope, context }: Running, thrown: QuickJSHandle | string): ScriptProblem {
  if (typeof thrown === 'string') return problemOf(thrown);
  const tell = scope.manage(context.evalCode(describeSource, 'describe'));
  if (tell.error !== undefined) return unreadable;
  const told = scope.manage(context.callFunction(tell.value, context.undefined, thrown));
  if (told.error !== undefined) return unreadable;
  // The function may have replaced what this is made with.
  const [message, stack] = readTexts(context.getString(told.value));
  const [, line, column] = /\btransform:(\d+)(?::(\d+))?/.exec(stack) ?? [];
  return {
    message: message.slice(0, messageLengthMax).toWellFormed(),
    line: line === undefined ? null : Number(line),
    column: column === undefined ? null : Number(column),
  };
}

const messageLengthMax = 500;

function readTexts(json: string): readonly [string, string] {
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return [String(value[0]), String(value[1])];
  } catch {
    // Not JSON: shown as it is.
  }
  return [json, ''];
}

export function problemOf(message: string): ScriptProblem {
  return { message, line: null, column: null };
}

const unreadable = problemOf('it threw what cannot be read');
const tooLong = problemOf(`it was stopped after ${callMsMax} ms`);

interface Timer {
  readonly hasExpired: () => boolean;
  readonly isExpired: () => boolean;
}

/** The clock is asked first: it is cheaper than the time of the processor, which is never ahead of it. */
function startTimer(): Timer {
  const startedAt = performance.now();
  const atStart = process.threadCpuUsage();
  let isExpired = false;
  const hasExpired = (): boolean => {
    if (!isExpired && performance.now() - startedAt > callMsMax) {
      const { user, system } = process.threadCpuUsage(atStart);
      isExpired = user + system > callMsMax * 1000;
    }
    return isExpired;
  };
  return { hasExpired, isExpired: () => isExpired };
}
