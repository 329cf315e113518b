/* How hot this machine is. */
#ifndef BENCH_MACHINE_SENSORS_H
#define BENCH_MACHINE_SENSORS_H

#include <stdbool.h>

#define SENSORS_ROOT "/sys/class/thermal"

/* The hottest of the folder's thermal_zone*, in degrees Celsius; false where none says anything.
 * What no part of a running machine can have (below -50 or above 150) is a sensor that is switched
 * off. */
bool sensors_hottest(const char *root, double *degrees);

#endif
