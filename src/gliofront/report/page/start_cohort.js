startTables();
