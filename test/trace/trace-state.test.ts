import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { interestChanges, TraceState } from '../../src/trace/trace-state.ts';
import { header, lines } from '../support/short-trace.ts';

describe('TraceState', () => {
  it('is the same from a keyframe on as from the start', () => {
    for (let from = 0; from < lines.length; from++) {
      const [whole, late] = [new TraceState(header.fds), new TraceState(header.fds)];
      for (const line of lines.slice(0, from)) whole.apply(line);
      let isNew = true;
      for (const fd of whole.fds.values()) late.fds.set(fd.fd, fd);
      for (const line of lines.slice(from)) {
        late.apply(isNew && line.type === 'turn' ? whole.keyframe(line) : line);
        if (line.type === 'turn') isNew = false;
        whole.apply(line);
        if (!isNew) assert.deepEqual([late.interest, late.turns], [whole.interest, whole.turns]);
        assert.deepEqual(late.fds, whole.fds);
      }
    }
  });

  it('is followed by the changes of the interest', () => {
    const before = new Map([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
    const changes = interestChanges(before, [
      [2, 2],
      [3, 5],
      [4, 1],
    ]);
    assert.deepEqual(changes, [
      [1, 0],
      [3, 5],
      [4, 1],
    ]);
    assert.deepEqual(
      [...before],
      [
        [2, 2],
        [3, 5],
        [4, 1],
      ],
    );
  });
});
