/**
 * Node's HTTP, as `require` gives it. An `import` reads every export of a module, and one of this module's loads undici, which
 * takes some 16 ms of each thread's start.
 */
export const http = process.getBuiltinModule('node:http');
