from api.cli.root import main

main()
