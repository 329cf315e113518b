-- The formats that are known, in the order in which a file is held against them. Each is a module with
-- tool and prefix (names), fits(file) and take(file, run); a table { message } raised by take says what is
-- wrong with the file. A file is one of lib/import/file.lua.
local formats = {
  require "import.aiperf",
  require "import.aiperf_records",
  require "import.exported_csv",
  require "import.genai_perf",
  require "import.guidellm",
  require "import.genai_bench",
  require "import.inference_perf",
  require "import.llama_benchy",
  require "import.evalscope",
  require "import.evalscope_database",
  require "import.vllm",
  require "import.sglang",
  require "import.llama_bench",
  require "import.locust",
  require "import.answers",
}

return formats
