"""Words of everyday trouble: they say that something is wrong, and nothing of what.

"The platform is slow" and "checkout is slow" share `slow`, and are two matters: a notice is never recognised by these alone.
A language without a list has only the catalog's words of this kind (those of its scenarios).
"""

from __future__ import annotations

from functools import lru_cache

from bot.text import words
from knowledge_base.text import stem

_WORDS = {
    "en": "problem problems issue issues trouble error errors fail fails failed failing failure failures fault faults "
    "broken break breaks bug bugs slow slower slowly slowness delay delays delayed late wait waiting down "
    "outage load loads loading work works working worked service services system systems platform platforms "
    "page pages site website panel screen store shop account users user customers customer team intermittent "
    "intermittently degraded degradation performance unavailable unexpected maintenance planned scheduled "
    "upgrade notice incident stopped stop open opens button click nothing long hours minutes today yesterday "
    "morning message messages new time times interruption interruptions disruption disruptions some all "
    "correctly properly normal normally show shows shown showing appear appears see seeing use using",
    "es": "problema problemas incidencia incidencias inconveniente inconvenientes error errores fallo fallos falla "
    "fallas fallan fallando fallar roto rota lento lenta lentos lentas lentitud demora demoras demorado tarda "
    "tardan tardar tardando retraso retrasos espera caido caida caidas carga cargan cargar cargando funciona "
    "funcionan funcionar funcionando servicio servicios sistema sistemas plataforma plataformas pagina paginas "
    "sitio web panel pantalla tienda cuenta usuario usuarios cliente clientes equipo intermitente intermitentes "
    "intermitencia intermitencias degradado degradacion rendimiento disponible indisponible inesperado "
    "mantenimiento programado programada planificado actualizacion aviso incidente abre abren abrir boton clic "
    "nada mucho tiempo horas minutos hoy ayer manana mensaje mensajes nuevo nueva interrupcion interrupciones "
    "algunos algunas todos todas bien correctamente normal normalmente muestra muestran aparece aparecen veo "
    "vemos usar uso",
    "pt": "problema problemas incidente incidentes inconveniente erro erros falha falhas falham falhando falhar "
    "quebrado quebrada lento lenta lentos lentas lentidao demora demoras demorando demoram atraso atrasos "
    "espera caiu queda quedas carrega carregam carregar carregando funciona funcionam funcionar funcionando "
    "servico servicos sistema sistemas plataforma plataformas pagina paginas site painel tela loja conta "
    "usuario usuarios cliente clientes equipe intermitente intermitentes intermitencia intermitencias "
    "instabilidade instavel degradado degradacao desempenho disponivel indisponivel inesperado manutencao "
    "programada programado planejada planejado atualizacao aviso abre abrem abrir botao clique nada muito tempo "
    "horas minutos hoje ontem amanha mensagem mensagens novo nova interrupcao interrupcoes alguns algumas todos "
    "todas bem corretamente normal normalmente mostra mostram aparecem vejo vemos usar uso",
}


@lru_cache(maxsize=16)
def everyday_stems(language: str) -> frozenset[str]:
    """The stems of these words in one language; empty for a language without a list."""
    return frozenset(stem(word, language) for word in words(_WORDS.get(language, "")))
