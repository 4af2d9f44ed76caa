// A trace of the browser, and what it says about the main thread of one page.

// Records while `task` runs and answers the trace's events.
export async function record(session, task) {
  const events = [];
  const take = ({ value }) => events.push(...value);
  session.on('Tracing.dataCollected', take);
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      recordMode: 'recordAsMuchAsPossible',
      includedCategories: ['toplevel', 'blink.user_timing'], // few, for recording costs the thread something, too
    },
  });
  await task();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', take);
  return events;
}

const kFrameUs = 1_000_000 / 60;

// Of the main thread on which the mark `mark` was set, between the marks `${mark} begin` and `${mark} end`: the work in
// each sixtieth of a second, {cpu_ms, wall_ms}, of all tasks that begin in it. CPU is the thread's own time, so that
// work of others on the machine does not count.
export function mainThreadWork(events, mark) {
  const [begin, end] = ['begin', 'end'].map((word) => events.find(({ name }) => name === `${mark} ${word}`));
  const isOfThread = ({ pid, tid, ts }) => pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts < end.ts;
  const ofThread = events.filter(isOfThread);
  // Tasks are not nested in each other, except in a nested loop, which this page has none of.
  const tasks = ofThread.filter(({ ph, name }) => ph === 'X' && name === 'ThreadControllerImpl::RunTask');
  const slots = Array.from({ length: Math.ceil((end.ts - begin.ts) / kFrameUs) }, () => ({ cpu_ms: 0, wall_ms: 0 }));
  for (const { ts, dur, tdur } of tasks) {
    const slot = slots[Math.floor((ts - begin.ts) / kFrameUs)];
    slot.cpu_ms += (tdur ?? dur) / 1000;
    slot.wall_ms += dur / 1000;
  }
  return { seconds: (end.ts - begin.ts) / 1e6, slots };
}
