#!/bin/sh
# missing_device.sh SLUICE_SIM: whether it ends with the tool's exit status and the reason when
# there is no CUDA module.
said=$(SLUICE_CUDA_MODULE=/no/such/module.so "$1" --seeds 1 --device cuda 2>&1)
status=$?
printf '%s\n' "$said"
case $said in
  "sluice_sim: error: --device cuda: the CUDA module cannot be opened: "*) [ "$status" = 4 ] ;;
  *) exit 1 ;;
esac
