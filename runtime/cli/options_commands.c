/* Every command, once, in the order of the help. */
#include "cli/options.h"

const struct options_command options_commands[] = {
	{.name = "run",
		.arguments = "FILE|NAME [--option value ...]",
		.help = "measure; the script's options are flags",
		.details =
			"Runs a scenario of yours, or a ready one by name. What the script "
			"declares as options are flags of this command: bench help FILE shows "
			"them. Flags stand before or after FILE, as --name value or --name=value; "
			"given twice, the last one counts; a list takes both. "
			"Every request is kept."},
	{.name = "list",
		.arguments = "",
		.help = "past runs, newest first",
		.reads = true,
		.details = "Times are local and say their zone; csv and json carry UTC.",
		.embedded = "list"},
	{.name = "show",
		.arguments = "[RUN]",
		.help = "one run: numbers, promises, warnings",
		.reads = true,
		.details =
			"RUN is a number, last (without a word the same), last~1, the start of a "
			"uuid, or a file of bench export. In csv a text that begins with = + - @ "
			"(wide ones too), a tab, a NUL or an end of line gets an apostrophe before "
			"it, so that no spreadsheet takes it for a formula.",
		.embedded = "show"},
	{.name = "compare",
		.arguments = "BASE [NEW]",
		.help = "is there a difference, and is it fair",
		.reads = true,
		.details =
			"BASE and NEW are runs (a number, last, last~1, the start of a uuid, a "
			"file "
			"of bench export) or RUN:BACKEND; one run alone compares its two backends. "
			"What is the same and what differs comes first, then the work done, then "
			"each metric's ratio with a 95 % interval and a verdict: faster, slower, "
			"equal within a share, or cannot tell. The unit is the round, not the "
			"request.",
		.embedded = "compare"},
	{.name = "trend",
		.arguments = "SCENARIO",
		.help = "one metric over time",
		.reads = true,
		.details = "A line per run for each backend, call, label and load of the scenario, "
			   "oldest first. Where the level changed, and stayed so for two runs at "
			   "least, stands what else is known to have changed there: versions, "
			   "models, the machine, options, notes (--note).",
		.embedded = "trend"},
	{.name = "report",
		.arguments = "RUN... [-o FILE]",
		.help = "runs as one page with charts, or for a tool",
		.reads = true,
		.details =
			"FILE.html is one page that needs nothing else; .md, .csv, .json, .jsonl "
			"and .xml (JUnit) are other forms, and --format has all: vllm is the "
			"result file of vllm bench serve, benchstat what benchstat reads. What "
			"run --json prints is what report RUN --format json prints.",
		.embedded = "report"},
	{.name = "sql",
		.arguments = "[\"SELECT ...\"]",
		.help = "anything else, in SQL",
		.reads = true,
		.details =
			"Read-only. Reads standard input when that is no terminal, else asks line "
			"by line. Beside SQLite's own functions there are percentile(x, 95), "
			"median(x) and stddev(x). The views runs, backends, request_metrics, "
			"run_summary ... keep their names and units.",
		.embedded = "sql"},
	{.name = "probe",
		.arguments = "[ADDRESS...]",
		.help = "what is listening there",
		.waits = true,
		.details =
			"Without ADDRESS the usual ports of this machine (11434, 8080, 8000, "
			"1234, 30000, 4000, 5000) and what OLLAMA_HOST and OPENAI_BASE_URL name.",
		.embedded = "probe"},
	{.name = "sim",
		.arguments = "[--kind KIND ...]",
		.help = "a simulated server",
		.details =
			"Listens until it is interrupted. Times are exact; a play file gives every "
			"byte. A flag may also be written as in an address: ttft=200ms. "
			"Each answer says that it is simulated (header "
			"X-Simulated-By), and so does every run that asks it. It calls a tool when "
			"the last message names it or says \"tool\"."},
	{.name = "calibrate",
		.arguments = "",
		.help = "this machine's own measuring error",
		.writes = true,
		.waits = true,
		.details = "Streams of a simulated server whose tokens are the moments of their "
			   "sending, read as a run reads them: 1, 100, 1,000 and 10,000 at once, "
			   "then events as fast as they can be told to within 1 ms. Kept for this "
			   "machine; later runs print their client error from it. Takes half a "
			   "minute, on a machine that does nothing else.",
		.embedded = "calibrate"},
	{.name = "script",
		.arguments = "RUN",
		.help = "the script that made a run",
		.reads = true,
		.embedded = "script"},
	{.name = "export",
		.arguments = "RUN -o FILE.db",
		.help = "a run as one SQLite file",
		.reads = true,
		.details = "Script, machine, prompts, requests and their token events, with the "
			   "schema of every run. Such a file stands for its run wherever RUN is "
			   "asked for, and bench import FILE.db takes it back.",
		.embedded = "export"},
	{.name = "import",
		.arguments = "FILE...",
		.help = "take a run out of a file",
		.writes = true,
		.details =
			"Of bench export, or results of vllm bench serve, sglang.bench_serving, "
			"llama-bench (json, jsonl, csv, sql, md), AIPerf, genai-perf, guidellm, "
			"genai-bench, inference-perf, evalscope, llama-benchy and locust. Each "
			"number keeps its "
			"own name, its unit and the meaning that its tool gives it: vllm.ttft is "
			"not ttft. What cannot be taken is named; the same file twice is one run. "
			"Lines of JSON may be any number; one JSON document is held in memory, and "
			"may be 2 GiB. --label and --note are for results of other tools: a run of "
			"bench keeps its own.",
		.embedded = "import"},
	{.name = "new",
		.arguments = "NAME",
		.help = "a commented starting scenario",
		.details = "Writes NAME.lua here; refuses to write over a file.",
		.embedded = "new"},
	{.name = "db",
		.arguments = "path|check|vacuum|rm RUN",
		.help = "the file that keeps the runs",
		.reads = true,
		.details = "path says where it is; check reads all of it; vacuum gives back what "
			   "removed runs took; rm RUN... removes runs and all that hangs on them.",
		.embedded = "db"},
	{.name = "help",
		.arguments = "[COMMAND|FILE|TOPIC]",
		.help = "topics and ready scenarios; or about one",
		.details = "Without a word: the commands, the topics and the ready scenarios.",
		.embedded = "help"},
	{.name = NULL},
};
