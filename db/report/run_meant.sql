-- Of what no run is called by: is ?1 the label of runs, or their scenario?
SELECT max(label IS ?1) AS is_label, max(scenario IS ?1) AS is_scenario FROM run;
