// Stands in for the SQL module in a package that is built without it: compiling DataFusion for wasm32 takes longer than all the rest.
export * from '../wasm/ninzu_wasm.js';

const missing = () => new Error('this package was built without its SQL module');

export default function init() {
  return Promise.reject(missing());
}

export class Sql {
  constructor() {
    throw missing();
  }
}
