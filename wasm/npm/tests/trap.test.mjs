// A trap leaves the module in an unknown state: whoever asks afterwards is told so. Alone in its file, since nothing here works again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { NinzuError, parse, Release } from '../dist/node.js';
import init, { Question } from '../dist/wasm/ninzu_wasm.js';
import { releases } from './native.mjs';

const [[, demo]] = releases;

test('after a trap every call says that the module stopped, and a new process works', async () => {
  const [release, other] = [await Release.open(demo), await Release.open(demo)];
  assert.ok((await release.count('everyone')).answer.persons.lower > 0);

  // A true trap inside the module: an answer to a question that lies outside its memory.
  const { question_answer: answer } = await init();
  const whole = Question.prototype.answer;
  Question.prototype.answer = () => answer(0xffff_fff0);
  const stopped = (error) => {
    assert.ok(error instanceof NinzuError);
    assert.equal(error.kind, 'crashed');
    assert.match(error.message, /^the module stopped: /);
    assert.match(error.hint, /reload the page/);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    return true;
  };
  await assert.rejects(release.count('everyone'), stopped);
  Question.prototype.answer = whole;

  for (const one of [release, other]) {
    await assert.rejects(one.count('everyone'), stopped);
    await assert.rejects(one.describe(), stopped);
    one.dispose();
  }
  await assert.rejects(Release.open(demo), stopped);
  await assert.rejects(parse('everyone'), stopped);

  const entry = fileURLToPath(new URL('../dist/node.js', import.meta.url));
  const script = `import { Release } from ${JSON.stringify(entry)};
    console.log((await (await Release.open(${JSON.stringify(demo)})).count('everyone')).words.en);`;
  assert.match(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), /Everyone/);
});
