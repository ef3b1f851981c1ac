/** Files of reports, where they are handed over so: written now, and taken from here. */
import { useState } from 'preact/hooks';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { hotel, may } from '../../client/session.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import type { FilesAnswer } from './report-answers.ts';
import { REPORTS } from './words.ts';

export function ReportFiles() {
  const [files, setFiles] = useState<FilesAnswer | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (hotel.value?.report.adapter !== 'file' || !may('reports:write')) return null;
  const write = async () => {
    const answer = await post<FilesAnswer>('/v1/reports/files');
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setFiles(answer.value);
  };
  return (
    <div class="card">
      <div class="row">
        <button type="button" onClick={() => void write()}>
          {REPORTS.writeFile}
        </button>
      </div>
      <ProblemNote problem={problem} />
      {files && (
        <>
          <h2>{REPORTS.files}</h2>
          <ul>
            {files.items.map(({ file_id, reports }) => (
              <li key={file_id}>
                <a href={`/v1/reports/files/${file_id}`} download={`${file_id}.txt`}>
                  {REPORTS.download} {file_id}
                </a>{' '}
                {REPORTS.inFile(reports)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
