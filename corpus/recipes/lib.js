// What the dockerode recipes share; README.md beside this file has the rules.
'use strict';
const path = require('path');

const modules = process.env.BUGFORBUG_NPM || path.join(__dirname, '../../build/npm');
const Docker = require(path.join(modules, 'node_modules/dockerode'));
const name = path.basename(process.argv[1]);

// DOCKER_HOST names the engine.
exports.docker = new Docker();

exports.check = (condition, ...what) => {
  if (!condition) throw new Error(what.join(' '));
};

// The call must be refused with this status.
exports.refused = async (status, promise) => {
  try {
    await promise;
  } catch (e) {
    exports.check(e.statusCode === status, 'answered', e.statusCode, e.message);
    return;
  }
  throw new Error(`not refused with ${status}`);
};

// All that a stream says until it ends, as text.
exports.text = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
};

// A framed stream's stdout and stderr.
exports.demux = (data) => {
  const out = ['', '', ''];
  for (let at = 0; at < data.length;) {
    const size = data.readUInt32BE(at + 4);
    out[data[at]] += data.toString('utf8', at + 8, at + 8 + size);
    at += 8 + size;
  }
  return { stdout: out[1], stderr: out[2] };
};

exports.main = (recipe) => {
  recipe(exports.docker).catch((e) => {
    console.error(`${name}: ${e.message}`);
    process.exit(1);
  });
};
