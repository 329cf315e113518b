#include "machine/sensors.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* The kernel gives thousandths of a degree. */
static bool read_zone(const char *root, const char *zone, double *degrees)
{
	char path[512];
	int size = snprintf(path, sizeof path, "%s/%s/temp", root, zone);
	if (size < 0 || (size_t)size >= sizeof path)
		return false;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	long thousandths;
	bool found = fscanf(file, "%ld", &thousandths) == 1;
	fclose(file);
	if (!found || thousandths < -50000 || thousandths > 150000)
		return false;
	*degrees = (double)thousandths / 1000;
	return true;
}

bool sensors_hottest(const char *root, double *degrees)
{
	static const char prefix[] = "thermal_zone";
	DIR *folder = opendir(root);
	if (folder == NULL)
		return false;
	bool found = false;
	const struct dirent *entry;
	while ((entry = readdir(folder)) != NULL) {
		double here;
		if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 ||
			!read_zone(root, entry->d_name, &here))
			continue;
		if (!found || here > *degrees)
			*degrees = here;
		found = true;
	}
	closedir(folder);
	return found;
}
