startTables();
startViewer();
